import {
  Cluster,
  EndpointSlice,
  GlobalIngressIP,
  Namespace,
  Service,
  ServiceExport,
  ServiceImport,
} from "../../api/index.ts";
import { apiVersionOf } from "../../apimachinery/index.ts";
import {
  type ControllerDefinition,
  defineController,
  ensureChildren,
  type Intent,
  memberRead,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { localServiceOf } from "../service-discovery/endpoint-slices.ts";
import { exportConditions, sameConditions } from "./export-conditions.ts";
import { combineExports, type Exporter, judgeExport, type ServiceSet } from "./exports.ts";
import { globalIPsOf, globalnetIntents, globalServiceOf } from "./global-addresses.ts";
import {
  aggregatedImport,
  clusterSetAddress,
  importOfSlice,
  isAggregated,
  lighthouseSlices,
  type ServiceName,
} from "./imports.ts";
import {
  everyMember,
  exportedInNamespace,
  forAll,
  ifExported,
  keyFor,
  type Member,
  type MemberReads,
  named,
  serviceName,
  slicesTellees,
} from "./keys.ts";
import { lighthouseLabels } from "./markers.ts";

type Home = Snapshot<typeof ServiceExport | typeof Cluster, MemberReads>;
/** Each member's addresses in Globalnet, a /16 by its name; without, members are told the addresses Services have at home. */
export type LighthouseOptions = { readonly globalCIDRs?: ReadonlyMap<string, string> | undefined };

/**
 * Lighthouse's agents and the broker between them: what is exported in any member -> an import and slices in every member that has
 * the namespace, and conditions on the export. A key names a Service and one member to be told of it, so that a member nobody
 * reaches keeps no other waiting; ServiceExports of the host itself are templates and export nothing.
 */
export function lighthouseController(
  options: LighthouseOptions = {},
): ControllerDefinition<typeof ServiceExport, typeof Cluster, MemberReads> {
  return defineController({
    name: "lighthouse-agent",
    primary: [ServiceExport],
    predicate: () => false,
    reads: [read(Cluster, { enqueue: "none" })],
    memberReads: [
      memberRead(ServiceExport, { enqueue: everyMember }),
      memberRead(Service, {
        enqueue: ({ object }, cluster, snapshot) => [
          ...ifExported(serviceName(object), cluster, snapshot),
          ...globalServiceOf(object).map((key) => keyFor(named(key), cluster)),
        ],
        indexes: { carrier: globalServiceOf },
      }),
      memberRead(EndpointSlice, {
        enqueue: slicesTellees,
        indexes: { service: localServiceOf, import: importOfSlice },
      }),
      memberRead(ServiceImport, {
        enqueue: ({ object }, cluster) => [keyFor(serviceName(object), cluster)],
        indexes: { ip: ({ spec }: ServiceImport) => spec.ips ?? [] },
      }),
      memberRead(Namespace, { enqueue: exportedInNamespace }),
      memberRead(GlobalIngressIP, {
        enqueue: ({ object }, _cluster, snapshot) =>
          globalServiceOf(object).flatMap((key) => forAll(named(key), snapshot)),
        indexes: {
          service: globalServiceOf,
          ip: ({ status }: GlobalIngressIP) => (status?.allocatedIP === undefined ? [] : [status.allocatedIP]),
        },
      }),
    ],
    reconcile: () => NOTHING,
    absent: ({ name: told, namespace = "" }, snapshot) => {
      const [cluster = "", name = ""] = told.split("/");
      return tell({ namespace, name }, cluster, { snapshot, options });
    },
  });
}

type World = { readonly snapshot: Home; readonly options: LighthouseOptions };

function tell(service: ServiceName, cluster: string, { snapshot, options }: World): Plan {
  const member = snapshot.member(cluster);
  if (member?.kindOf(apiVersionOf(ServiceImport), ServiceImport.kind) === undefined) return NOTHING;
  if (!READ.every((kind) => member.hasSynced(kind))) return NOTHING;
  const { exporters, unknown } = exportersOf(service, { snapshot, options });
  const valid = exporters.flatMap((exporter) => {
    const verdict = judgeExport(exporter);
    return verdict.ok ? [verdict.valid] : [];
  });
  const set = combineExports(valid);
  const own = exporters.find((exporter) => exporter.cluster === cluster);
  const cidr = options.globalCIDRs?.get(cluster);
  const key = `${service.namespace}/${service.name}`;
  return plan(
    own && told(own, set, snapshot.nowMs),
    imported(service, cluster, { member, set, unknown, snapshot }),
    cidr === undefined || !member.hasSynced(GlobalIngressIP)
      ? []
      : globalnetIntents(own, { cluster, member, key, cidr, slices: localSlices(member, key) }),
  );
}

const READ = [ServiceExport, Service, EndpointSlice, ServiceImport, Namespace] as const;

/** Who exports the Service, and which members cannot be asked yet: what they exported before stays. */
function exportersOf(
  { name, namespace }: ServiceName,
  { snapshot, options }: World,
): { readonly exporters: readonly Exporter[]; readonly unknown: ReadonlySet<string> } {
  const exporters: Exporter[] = [];
  const unknown = new Set<string>();
  for (const { metadata } of snapshot.list(Cluster)) {
    const cluster = metadata.name;
    const member = snapshot.member(cluster);
    if (member === undefined) continue;
    if (!READ.every((kind) => member.hasSynced(kind))) unknown.add(cluster);
    const serviceExport = member.get(ServiceExport, name, namespace);
    if (serviceExport === undefined || serviceExport.metadata.deletionTimestamp !== undefined) continue;
    const globalIPs = options.globalCIDRs?.has(cluster)
      ? globalIPsOf(member.list(GlobalIngressIP, { index: { name: "service", value: `${namespace}/${name}` } }))
      : undefined;
    exporters.push({ cluster, serviceExport, service: member.get(Service, name, namespace), globalIPs });
  }
  return { exporters, unknown };
}

type Around = {
  readonly member: Member;
  readonly set: ServiceSet | undefined;
  readonly unknown: ReadonlySet<string>;
  readonly snapshot: Home;
};

function imported(service: ServiceName, cluster: string, around: Around): readonly Intent[] {
  const { member, set, unknown, snapshot } = around;
  const { name, namespace } = service;
  const present = member.get(ServiceImport, name, namespace);
  if (present !== undefined && !isAggregated(present)) return [];
  const place = member.get(Namespace, namespace);
  if (place === undefined || place.metadata.deletionTimestamp !== undefined) return [];
  const existing = member
    .list(EndpointSlice, { index: { name: "import", value: `${namespace}/${name}` } })
    .filter(({ metadata }) => !unknown.has(metadata.labels?.[lighthouseLabels.sourceCluster] ?? ""));
  const slices = (set?.agreeing ?? []).flatMap((valid) => {
    const home = snapshot.member(valid.cluster);
    return home === undefined ? [] : lighthouseSlices(valid, localSlices(home, `${namespace}/${name}`));
  });
  const wanted = set === undefined ? undefined : aggregatedImport(service, set, addressOf(service, set, snapshot));
  const keepsOld = wanted === undefined && unknown.size > 0;
  const imports = keepsOld ? [] : importIntents(cluster, wanted, present);
  return [
    ...imports,
    ...ensureChildren(EndpointSlice, { at: cluster, desired: slices, existing }),
    // The import that was just written comes by again.
    ...(set === undefined || imports.length > 0 ? [] : statusIntents(cluster, set, present)),
  ];
}

function localSlices(member: Member, key: string): readonly EndpointSlice[] {
  return member.list(EndpointSlice, { index: { name: "service", value: key } });
}

function importIntents(
  at: string,
  wanted: ServiceImport | undefined,
  present: ServiceImport | undefined,
): readonly Intent[] {
  return ensureChildren(ServiceImport, {
    at,
    desired: wanted === undefined ? [] : [wanted],
    existing: present === undefined ? [] : [present],
  });
}

/** The exporting clusters, once the import stands as it should. */
function statusIntents(at: string, { agreeing }: ServiceSet, present: ServiceImport | undefined): readonly Intent[] {
  if (present === undefined || present.metadata.deletionTimestamp !== undefined) return [];
  const clusters = agreeing.map(({ cluster }) => ({ cluster }));
  if (deepEqual(present.status?.clusters, clusters)) return [];
  const object = { ...present, status: { ...present.status, clusters } };
  return [{ type: "updateStatus", at, kind: ServiceImport, object, before: present }];
}

/** The address the Service has in the cluster set already, or a new one; none where its oldest export does not want one. */
function addressOf({ name, namespace }: ServiceName, { oldest }: ServiceSet, snapshot: Home): string | undefined {
  if (!oldest.wantsClusterSetIP || oldest.type === "Headless") return undefined;
  const members = snapshot.list(Cluster).flatMap(({ metadata }) => snapshot.member(metadata.name) ?? []);
  for (const member of members) {
    const held = member.get(ServiceImport, name, namespace);
    const ip = held !== undefined && isAggregated(held) ? held.spec.ips?.[0] : undefined;
    if (ip !== undefined) return ip;
  }
  return clusterSetAddress({ name, namespace }, (ip) =>
    members.some((member) => member.list(ServiceImport, { index: { name: "ip", value: ip } }).length > 0),
  );
}

function told(exporter: Exporter, set: ServiceSet | undefined, nowMs: number): readonly Intent[] {
  const { cluster, serviceExport } = exporter;
  const conditions = exportConditions(exporter, set, nowMs);
  if (sameConditions(serviceExport, conditions)) return [];
  const object = { ...serviceExport, status: { ...serviceExport.status, conditions } };
  return [{ type: "updateStatus", at: cluster, kind: ServiceExport, object, before: serviceExport }];
}
