import { dns1035LabelErrors, dns1123LabelErrors, type FieldError } from "../../apimachinery/index.ts";
import { withDefaults, withField, withItems, withoutField, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { duplicate, eachItem, invalid, oneOf, portNumber, required } from "../validation.ts";
import type { Service, ServicePort, ServiceSpec } from "./service.ts";

type Findings = readonly FieldError[];

/** What is particular to Services; allocating addresses and node ports is an admission step of the cluster. */
export const serviceStrategy: Strategy<Service> = {
  applyDefaults: (service) => withSpec(service, defaultServiceSpec),
  prepareForCreate: withStatus<Service>({ loadBalancer: {} }),
  prepareForUpdate: keepAllocations,
  validate: ({ spec }) => validateServiceSpec(spec),
  validateUpdate: validateServiceUpdate,
  validateName: dns1035LabelErrors,
};

const OF_SPECS: Partial<ServiceSpec> = { type: "ClusterIP", sessionAffinity: "None" };
const OF_CLUSTER_IPS: Partial<ServiceSpec> = {
  internalTrafficPolicy: "Cluster",
  ipFamilies: ["IPv4"],
  ipFamilyPolicy: "SingleStack",
};
const OF_NODE_PORTS: Partial<ServiceSpec> = { externalTrafficPolicy: "Cluster" };
const OF_LOAD_BALANCERS: Partial<ServiceSpec> = { allocateLoadBalancerNodePorts: true };
/** Three hours, upstream's DefaultClientIPServiceAffinitySeconds. */
const STICKY: Partial<ServiceSpec> = { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } };

function defaultServiceSpec(spec: ServiceSpec): ServiceSpec {
  let result = withDefaults(spec, OF_SPECS);
  if (result.sessionAffinity === "ClientIP") result = withDefaults(result, STICKY);
  result = withItems(result, "ports", (port) =>
    withDefaults<ServicePort>(port, { protocol: "TCP", targetPort: port.port }),
  );
  if (result.type === "ExternalName") return result;
  result = withDefaults(result, OF_CLUSTER_IPS);
  if (result.clusterIP !== undefined && result.clusterIP !== "")
    result = withDefaults(result, { clusterIPs: [result.clusterIP] });
  else if (result.clusterIPs?.[0] !== undefined) result = { ...result, clusterIP: result.clusterIPs[0] };
  if (usesNodePorts(result) || (result.externalIPs ?? []).length > 0) result = withDefaults(result, OF_NODE_PORTS);
  return result.type === "LoadBalancer" ? withDefaults(result, OF_LOAD_BALANCERS) : result;
}

function usesNodePorts(spec: ServiceSpec): boolean {
  return spec.type === "NodePort" || spec.type === "LoadBalancer";
}

/** What was allocated stays when an update leaves it out (`patchAllocatedValues`), and goes when the type has no use for it. */
function keepAllocations(after: Service, before: Service): Service {
  let spec = after.spec;
  if (spec.type === "ExternalName") {
    if (before.spec.type !== "ExternalName")
      for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] as const)
        spec = withoutField(spec, field);
    return withField(after, "spec", spec);
  }
  if (before.spec.type !== "ExternalName" && !spec.clusterIP && before.spec.clusterIP !== undefined)
    spec = { ...spec, clusterIP: before.spec.clusterIP, clusterIPs: before.spec.clusterIPs ?? [before.spec.clusterIP] };
  if (usesNodePorts(spec) && usesNodePorts(before.spec)) spec = keepNodePorts(spec, before.spec);
  if (!usesNodePorts(spec) && usesNodePorts(before.spec)) spec = dropNodePorts(spec, before.spec);
  return withField(after, "spec", spec);
}

function keepNodePorts(after: ServiceSpec, before: ServiceSpec): ServiceSpec {
  const used = new Set((after.ports ?? []).map((port) => port.nodePort));
  const byName = new Map((before.ports ?? []).map((port) => [port.name ?? "", port.nodePort]));
  return withItems(after, "ports", (port) => {
    const kept = byName.get(port.name ?? "");
    if ((port.nodePort ?? 0) !== 0 || kept === undefined || used.has(kept)) return port;
    used.add(kept);
    return { ...port, nodePort: kept };
  });
}

function dropNodePorts(after: ServiceSpec, before: ServiceSpec): ServiceSpec {
  const unchanged = (after.ports ?? []).every((port, index) => port.nodePort === before.ports?.[index]?.nodePort);
  const portless = unchanged ? withItems(after, "ports", (port) => withoutField(port, "nodePort")) : after;
  return withoutField(withoutField(portless, "externalTrafficPolicy"), "allocateLoadBalancerNodePorts");
}

function validateServiceSpec(spec: ServiceSpec): Findings {
  const ports = spec.ports ?? [];
  const isHeadless = spec.clusterIP === "None";
  return [
    ...(ports.length === 0 && !isHeadless && spec.type !== "ExternalName" ? [required("spec.ports")] : []),
    ...eachItem(ports, (port, index) =>
      checkPort(port, { path: `spec.ports[${index}]`, isOnlyOne: ports.length === 1 }),
    ),
    ...repeated(ports),
    ...oneOf("spec.type", spec.type, ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
    ...oneOf("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]),
    ...(spec.type === "ExternalName" && !spec.externalName ? [required("spec.externalName")] : []),
    ...(isHeadless && usesNodePorts(spec)
      ? [invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${spec.type} services`)]
      : []),
  ];
}

function checkPort(port: ServicePort, at: { readonly path: string; readonly isOnlyOne: boolean }): Findings {
  const { path } = at;
  const name = port.name ?? "";
  return [
    ...(name === "" && !at.isOnlyOne ? [required(`${path}.name`)] : []),
    ...(name === "" ? [] : dns1123LabelErrors(name).map((detail) => invalid(`${path}.name`, name, detail))),
    ...portNumber(`${path}.port`, port.port ?? 0),
    ...oneOf(`${path}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"]),
    ...(typeof port.targetPort === "number" ? portNumber(`${path}.targetPort`, port.targetPort) : []),
  ];
}

function repeated(ports: readonly ServicePort[]): Findings {
  const names = new Set<string>();
  const numbers = new Set<string>();
  return eachItem(ports, ({ name, protocol, port }, index) => {
    const findings: FieldError[] = [];
    if (name && names.has(name)) findings.push(duplicate(`spec.ports[${index}].name`, name));
    if (name) names.add(name);
    const number = `${protocol}/${port}`;
    if (numbers.has(number)) findings.push(duplicate(`spec.ports[${index}]`, { protocol, port }));
    numbers.add(number);
    return findings;
  });
}

function validateServiceUpdate(after: Service, before: Service): Findings {
  const was = before.spec.clusterIP ?? "";
  if (was === "" || before.spec.type === "ExternalName" || after.spec.type === "ExternalName") return [];
  if (after.spec.clusterIP === was) return [];
  return [invalid("spec.clusterIPs[0]", after.spec.clusterIPs ?? [], "may not change once set")];
}
