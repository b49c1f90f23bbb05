import {
  type Endpoint,
  type EndpointAddress,
  EndpointSlice,
  type EndpointSubset,
  Endpoints,
  Service,
} from "../../api/index.ts";
import { ownerReference } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  defineController,
  type Intent,
  type Key,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual, parseIp } from "../../std/index.ts";
import { repackSubsets } from "./endpoint-subsets.ts";
import { SERVICE_NAME, sliceIntents } from "./slice-intents.ts";
import { type EndpointGroup, packEndpoints } from "./slice-packing.ts";

const MANAGER = "endpointslicemirroring-controller.k8s.io";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror";
const LEADER = "control-plane.alpha.kubernetes.io/leader";
/** Annotations of the Endpoints that say nothing of their slices. */
const OWN_ANNOTATIONS = [
  "kubectl.kubernetes.io/last-applied-configuration",
  "endpoints.kubernetes.io/last-change-trigger-time",
];
/** `--mirroring-max-endpoints-per-subset`; all of a subset share one slice of their family. */
const ADDRESSES_MAX = 1000;

type Home = Snapshot<typeof Endpoints | typeof Service | typeof EndpointSlice>;
type Family = "IPv4" | "IPv6";

/** Gives a Service without selector slices for the Endpoints a user made for it (`pkg/controller/endpointslicemirroring`). */
export const endpointSliceMirroringController: AnyDefinition = defineController({
  name: "endpointslicemirroring-controller",
  primary: [Endpoints],
  reads: [
    read(Service, { enqueue: ({ object }) => [endpointsKey(object.metadata.name, object.metadata.namespace)] }),
    read(EndpointSlice, { enqueue: ({ object }) => endpointsOfSlice(object), indexes: { endpoints: ownerOfSlice } }),
  ],
  reconcile: (endpoints, snapshot) => {
    const { name, namespace = "" } = endpoints.metadata;
    const existing = mirrored(snapshot, name, namespace);
    const service = snapshot.get(Service, name, namespace);
    if (!isMirrored(endpoints, service)) return plan(existing.map(deletion));
    return mirror(endpoints, existing, snapshot);
  },
  absent: ({ name, namespace = "" }, snapshot) => plan(mirrored(snapshot, name, namespace).map(deletion)),
});

function isMirrored(endpoints: Endpoints, service: Service | undefined): boolean {
  const { labels, annotations, deletionTimestamp } = endpoints.metadata;
  if (deletionTimestamp !== undefined || labels?.[SKIP_MIRROR] === "true" || annotations?.[LEADER] !== undefined)
    return false;
  return (
    service !== undefined &&
    service.metadata.deletionTimestamp === undefined &&
    Object.keys(service.spec.selector ?? {}).length === 0
  );
}

function mirror(endpoints: Endpoints, existing: readonly EndpointSlice[], snapshot: Home): Plan {
  const { name, namespace = "" } = endpoints.metadata;
  const labels = { ...endpoints.metadata.labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER };
  const copied = Object.fromEntries(
    Object.entries(endpoints.metadata.annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.includes(key)),
  );
  const template = { name, namespace, labels, annotate: () => copied };
  const isStale = ({ metadata }: EndpointSlice): boolean =>
    !deepEqual(metadata.labels, labels) || !deepEqual(metadata.annotations ?? {}, copied);
  const skipped = { many: 0, invalid: 0 };
  const subsets = repackSubsets(endpoints.subsets ?? []).map((subset) => mirroredSubset(subset, skipped));
  const intents = (["IPv4", "IPv6"] as const).map((family) => {
    const own = existing.filter(({ addressType }) => addressType === family);
    const groups = subsets.flatMap((subset) => groupOf(subset, family));
    const packing = packEndpoints(groups, own, { most: ADDRESSES_MAX, isStale, placeholder: false });
    return sliceIntents(packing, { family, owner: ownerReference(endpoints), template, random: snapshot.random });
  });
  return plan(...intents, intents.flat().length === 0 ? [] : complaints(endpoints, skipped));
}

type MirroredSubset = { readonly ports: EndpointGroup["ports"]; readonly endpoints: ReadonlyMap<string, Endpoint> };

function mirroredSubset(subset: EndpointSubset, skipped: { many: number; invalid: number }): MirroredSubset {
  const endpoints = new Map<string, Endpoint>();
  const add = (address: EndpointAddress, ready: boolean): void => {
    if (parseIp(address.ip) === undefined) skipped.invalid++;
    else if (endpoints.has(address.ip)) return;
    else if (endpoints.size >= ADDRESSES_MAX) skipped.many++;
    else endpoints.set(address.ip, endpointOf(address, ready));
  };
  for (const address of subset.addresses ?? []) add(address, true);
  for (const address of subset.notReadyAddresses ?? []) add(address, false);
  const ports = (subset.ports ?? []).map(({ name = "", port, protocol = "TCP", appProtocol }) => ({
    name,
    port,
    protocol: protocol as "TCP" | "UDP" | "SCTP",
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }));
  return { ports, endpoints };
}

function groupOf({ ports, endpoints }: MirroredSubset, family: Family): readonly EndpointGroup[] {
  const own = [...endpoints.values()].filter(({ addresses }) => parseIp(addresses[0] ?? "")?.family === family);
  return own.length === 0 ? [] : [{ ports, endpoints: own }];
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined || hostname === "" ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}

function complaints(
  regarding: Endpoints,
  skipped: { readonly many: number; readonly invalid: number },
): readonly Intent[] {
  const warning = (reason: string, message: string): Intent => ({
    type: "event",
    regarding,
    eventType: "Warning",
    reason,
    message,
  });
  return [
    ...(skipped.invalid === 0
      ? []
      : [
          warning(
            "InvalidAddresses",
            `Skipped ${skipped.invalid} invalid IP addresses when mirroring to EndpointSlices`,
          ),
        ]),
    ...(skipped.many === 0
      ? []
      : [
          warning(
            "TooManyAddressesToMirror",
            `A max of ${ADDRESSES_MAX} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped.many} addresses were skipped`,
          ),
        ]),
  ];
}

function mirrored(snapshot: Home, name: string, namespace: string): readonly EndpointSlice[] {
  return snapshot.list(EndpointSlice, {
    index: { name: "endpoints", value: `${namespace}/${name}` },
    where: (slice) => slice.metadata.deletionTimestamp === undefined,
  });
}

function deletion({ metadata }: EndpointSlice): Intent {
  const { namespace = "", name, uid = "" } = metadata;
  return { type: "delete", kind: EndpointSlice, namespace, name, uid };
}

function ownerOfSlice({ metadata }: EndpointSlice): readonly string[] {
  const { [MANAGED_BY]: manager, [SERVICE_NAME]: name } = metadata.labels ?? {};
  return manager === MANAGER && name !== undefined ? [`${metadata.namespace}/${name}`] : [];
}

function endpointsOfSlice(slice: EndpointSlice): readonly Key[] {
  if (ownerOfSlice(slice).length === 0) return [];
  return [endpointsKey(slice.metadata.labels?.[SERVICE_NAME] ?? "", slice.metadata.namespace)];
}

function endpointsKey(name: string, namespace: string | undefined): Key {
  return namespace === undefined ? { kind: Endpoints, name } : { kind: Endpoints, name, namespace };
}
