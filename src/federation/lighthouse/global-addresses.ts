import { type EndpointSlice, GlobalIngressIP, HEADLESS_POD_IP, Service } from "../../api/index.ts";
import { apiVersionOf } from "../../apimachinery/index.ts";
import { ensureChildren, type Intent, type MemberReader } from "../../controller/index.ts";
import { fnv1a32 } from "../../std/index.ts";
import { type Exporter, judgeExport } from "./exports.ts";
import { freeAddress } from "./free-address.ts";

type Member = MemberReader<typeof GlobalIngressIP | typeof Service | typeof EndpointSlice>;

/** Says which exported Service an object of Globalnet's is for. */
const SERVICE_LABEL = "submariner.io/serviceRef";
const EXPORTED_LABEL = "submariner.io/exportedServiceRef";
/** The first of a cluster's addresses are for what leaves it. */
const EGRESS_ADDRESSES = 8;

/** The Service a GlobalIngressIP, or the Service that carries it, is for: `namespace/name`. */
export function globalServiceOf({ metadata }: GlobalIngressIP | Service): readonly string[] {
  const name = metadata.labels?.[SERVICE_LABEL] ?? metadata.labels?.[EXPORTED_LABEL];
  return name === undefined ? [] : [`${metadata.namespace ?? ""}/${name}`];
}

/** The addresses given out for an exported Service: its own under `service`, those of its pods under their names. */
export function globalIPsOf(ingresses: readonly GlobalIngressIP[]): ReadonlyMap<string, string> {
  return new Map(
    ingresses.flatMap(({ spec, status }) => {
      const ip = status?.allocatedIP;
      const key = spec.target === "ClusterIPService" ? "service" : spec.podRef?.name;
      return ip === undefined || key === undefined ? [] : [[key, ip] as const];
    }),
  );
}

/**
 * Globalnet's part in the exporting cluster: a GlobalIngressIP for the Service, or for each pod of a headless one, an address for
 * each, and the Service by which kube-proxy serves it (`globalnet/controllers`).
 */
export function globalnetIntents(
  exporter: Exporter | undefined,
  around: {
    readonly cluster: string;
    readonly member: Member;
    readonly key: string;
    readonly cidr: string;
    readonly slices: readonly EndpointSlice[];
  },
): readonly Intent[] {
  const { cluster, member, key, cidr, slices } = around;
  const existing = member.list(GlobalIngressIP, { index: { name: "service", value: key } });
  const verdict = exporter === undefined ? undefined : judgeExport({ ...exporter, globalIPs: undefined });
  const service = verdict?.ok ? verdict.valid.service : undefined;
  const isHeadless = verdict?.ok && verdict.valid.type === "Headless";
  const desired =
    service === undefined
      ? []
      : isHeadless
        ? slices.flatMap((slice) => podIngresses(service, slice))
        : [serviceIngress(service)];
  const ip = isHeadless ? undefined : globalIPsOf(existing).get("service");
  return [
    ...ensureChildren(GlobalIngressIP, { at: cluster, desired, existing }),
    ...allocations(existing, { cluster, member, cidr }),
    ...ensureChildren(Service, {
      at: cluster,
      desired: service === undefined || ip === undefined ? [] : [carrier(service, ip)],
      existing: member.list(Service, { index: { name: "carrier", value: key } }),
      merge: (wanted, present) => ({
        ...present,
        metadata: { ...present.metadata, labels: { ...present.metadata.labels, ...wanted.metadata.labels } },
        spec: { ...present.spec, ...wanted.spec },
      }),
    }),
  ];
}

function serviceIngress({ metadata: { name, namespace = "" } }: Service): GlobalIngressIP {
  return {
    apiVersion: apiVersionOf(GlobalIngressIP),
    kind: GlobalIngressIP.kind,
    metadata: { name, namespace, labels: { [SERVICE_LABEL]: name } },
    spec: { target: "ClusterIPService", serviceRef: { name } },
  };
}

function podIngresses(
  { metadata: { name, namespace = "" } }: Service,
  { addressType, endpoints }: EndpointSlice,
): readonly GlobalIngressIP[] {
  if (addressType !== "IPv4") return [];
  return (endpoints ?? []).flatMap(({ targetRef, addresses: [address] }) =>
    targetRef?.kind !== "Pod" || targetRef.name === undefined || address === undefined
      ? []
      : {
          apiVersion: apiVersionOf(GlobalIngressIP),
          kind: GlobalIngressIP.kind,
          metadata: {
            name: `pod-${targetRef.name}`,
            namespace,
            labels: { [SERVICE_LABEL]: name },
            annotations: { [HEADLESS_POD_IP]: address },
          },
          spec: { target: "HeadlessServicePod", serviceRef: { name }, podRef: { name: targetRef.name } } as const,
        },
  );
}

/** Each without an address gets the first free one from a place on that its name gives. */
function allocations(
  ingresses: readonly GlobalIngressIP[],
  { cluster, member, cidr }: { readonly cluster: string; readonly member: Member; readonly cidr: string },
): readonly Intent[] {
  const given = new Set<string>();
  const isTaken = (ip: string): boolean =>
    given.has(ip) || member.list(GlobalIngressIP, { index: { name: "ip", value: ip } }).length > 0;
  return ingresses.flatMap((ingress): readonly Intent[] => {
    const { metadata, status } = ingress;
    if (status?.allocatedIP !== undefined || metadata.deletionTimestamp !== undefined) return [];
    const range = { network: cidr, reserved: EGRESS_ADDRESSES };
    const allocatedIP = freeAddress(range, `${metadata.namespace}/${metadata.name}`, isTaken);
    if (allocatedIP === undefined) return [];
    given.add(allocatedIP);
    const object = { ...ingress, status: { ...status, allocatedIP } };
    return [{ type: "updateStatus", at: cluster, kind: GlobalIngressIP, object, before: ingress }];
  });
}

/** The Service whose external address the global one is. */
function carrier({ metadata: { name, namespace = "" }, spec }: Service, ip: string): Service {
  const ports = (spec.ports ?? []).map(({ nodePort: _, ...port }) => port);
  return {
    apiVersion: apiVersionOf(Service),
    kind: Service.kind,
    metadata: {
      name: `submariner-${fnv1a32(`${namespace}/${name}`).toString(36)}`,
      namespace,
      labels: { [EXPORTED_LABEL]: name },
    },
    spec: { ports, externalIPs: [ip], ...(spec.selector === undefined ? {} : { selector: spec.selector }) },
  };
}
