import type {
  Endpoint,
  EndpointPort,
  EndpointSlice,
  Service,
  ServiceImport,
  ServiceSpec,
} from "../../src/api/index.ts";

/** A Service of namespace default, with only the interesting fields to be named. */
export function service(name: string, spec: Partial<ServiceSpec>, namespace: string = "default"): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { ports: [{ port: 80 }], ...spec },
  };
}

export type SliceFields = {
  readonly name?: string;
  readonly namespace?: string;
  readonly service?: string;
  readonly imported?: { readonly service: string; readonly cluster: string };
  readonly ports?: readonly EndpointPort[];
  readonly endpoints: readonly (string | Endpoint)[];
};

/** An EndpointSlice; a text is a ready endpoint of that address. */
export function slice(fields: SliceFields): EndpointSlice {
  const labels: Record<string, string> = {};
  if (fields.service !== undefined) labels["kubernetes.io/service-name"] = fields.service;
  if (fields.imported !== undefined) {
    labels["multicluster.kubernetes.io/service-name"] = fields.imported.service;
    labels["multicluster.kubernetes.io/source-cluster"] = fields.imported.cluster;
  }
  const endpoints = fields.endpoints.map((one) => (typeof one === "string" ? { addresses: [one] } : one));
  const [first] = endpoints;
  const owner = fields.service ?? fields.imported?.service ?? "none";
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: fields.name ?? `${owner}-abcde`, namespace: fields.namespace ?? "default", labels },
    addressType: first?.addresses[0]?.includes(":") ? "IPv6" : "IPv4",
    ports: fields.ports ?? [{ name: "", port: 8080, protocol: "TCP" }],
    endpoints,
  };
}

/** A ServiceImport of namespace default. */
export function serviceImport(name: string, spec: Partial<ServiceImport["spec"]>): ServiceImport {
  return {
    apiVersion: "multicluster.x-k8s.io/v1alpha1",
    kind: "ServiceImport",
    metadata: { name, namespace: "default" },
    spec: { type: "ClusterSetIP", ports: [{ port: 80, protocol: "TCP" }], ...spec },
  };
}
