import { Cluster, EndpointSlice, Namespace, Service, ServiceExport, ServiceImport } from "../../api/index.ts";
import { apiVersionOf, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import {
  type Change,
  type ControllerDefinition,
  defineController,
  ensureChildren,
  type Intent,
  type Key,
  type MemberReader,
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
import {
  aggregatedImport,
  clusterSetAddress,
  importOfSlice,
  isAggregated,
  lighthouseSlices,
  type ServiceName,
} from "./imports.ts";
import { lighthouseLabels } from "./markers.ts";

type MemberReads =
  | typeof ServiceExport
  | typeof Service
  | typeof EndpointSlice
  | typeof ServiceImport
  | typeof Namespace;
type Home = Snapshot<typeof ServiceExport | typeof Cluster, MemberReads>;
type Member = MemberReader<MemberReads>;
type AnySnapshot = Snapshot<Kind<KubeObject>>;

/**
 * Lighthouse's agents and the broker between them: what is exported in any member -> an import and slices in every member that has
 * the namespace, and conditions on the export. A key names a Service and one member to be told of it, so that a member nobody
 * reaches keeps no other waiting; ServiceExports of the host itself are templates and export nothing.
 */
export const lighthouseController: ControllerDefinition<typeof ServiceExport, typeof Cluster, MemberReads> =
  defineController({
    name: "lighthouse-agent",
    primary: [ServiceExport],
    predicate: () => false,
    reads: [read(Cluster, { enqueue: "none" })],
    memberReads: [
      memberRead(ServiceExport, { enqueue: everyMember }),
      memberRead(Service, {
        enqueue: ({ object }, cluster, snapshot) => ifExported(serviceName(object), cluster, snapshot),
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
    ],
    reconcile: () => NOTHING,
    absent: ({ name: told, namespace = "" }, snapshot) => {
      const [cluster = "", name = ""] = told.split("/");
      return tell({ namespace, name }, cluster, snapshot);
    },
  });

function tell(service: ServiceName, cluster: string, snapshot: Home): Plan {
  const member = snapshot.member(cluster);
  if (member?.kindOf(apiVersionOf(ServiceImport), ServiceImport.kind) === undefined) return NOTHING;
  if (!READ.every((kind) => member.hasSynced(kind))) return NOTHING;
  const { exporters, unknown } = exportersOf(service, snapshot);
  const valid = exporters.flatMap((exporter) => {
    const verdict = judgeExport(exporter);
    return verdict.ok ? [verdict.valid] : [];
  });
  const set = combineExports(valid);
  const own = exporters.find((exporter) => exporter.cluster === cluster);
  return plan(imported(service, cluster, { member, set, unknown, snapshot }), own && told(own, set, snapshot.nowMs));
}

const READ = [ServiceExport, Service, EndpointSlice, ServiceImport, Namespace] as const;

/** Who exports the Service, and which members cannot be asked yet: what they exported before stays. */
function exportersOf(
  { name, namespace }: ServiceName,
  snapshot: Home,
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
    exporters.push({ cluster, serviceExport, service: member.get(Service, name, namespace) });
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
    const local = { index: { name: "service", value: `${namespace}/${name}` } };
    return lighthouseSlices(valid, snapshot.member(valid.cluster)?.list(EndpointSlice, local) ?? []);
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

function serviceName({ metadata: { name, namespace = "" } }: KubeObject): ServiceName {
  return { name, namespace };
}

function keyFor({ name, namespace }: ServiceName, cluster: string): Key {
  return { kind: ServiceExport, namespace, name: `${cluster}/${name}` };
}

function forAll(service: ServiceName, snapshot: AnySnapshot): readonly Key[] {
  return snapshot.list(Cluster).map(({ metadata }) => keyFor(service, metadata.name));
}

/** An export that comes, goes or is annotated concerns every member; conditions on it only its own. */
function everyMember(
  { before, after, object }: Change<ServiceExport>,
  cluster: string,
  snapshot: AnySnapshot,
): readonly Key[] {
  const isSame =
    before !== undefined &&
    after !== undefined &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    deepEqual(before.metadata.annotations, after.metadata.annotations);
  return isSame ? [keyFor(serviceName(object), cluster)] : forAll(serviceName(object), snapshot);
}

function ifExported(service: ServiceName, cluster: string, snapshot: AnySnapshot): readonly Key[] {
  const member = snapshot.member(cluster) as Member | undefined;
  return member?.get(ServiceExport, service.name, service.namespace) === undefined ? [] : forAll(service, snapshot);
}

function slicesTellees(
  { before, object }: Change<EndpointSlice>,
  cluster: string,
  snapshot: AnySnapshot,
): readonly Key[] {
  const named = (key: string): ServiceName => {
    const [namespace = "", name = ""] = key.split("/");
    return { namespace, name };
  };
  const services = new Set([...localServiceOf(object), ...(before === undefined ? [] : localServiceOf(before))]);
  return [
    ...[...services].flatMap((key) => ifExported(named(key), cluster, snapshot)),
    ...importOfSlice(object).map((key) => keyFor(named(key), cluster)),
  ];
}

/** A namespace that appears in a member brings the imports of all that is exported in it elsewhere. */
function exportedInNamespace(
  { before, after, object }: Change<Namespace>,
  cluster: string,
  snapshot: AnySnapshot,
): readonly Key[] {
  if (before !== undefined && after !== undefined) return [];
  const namespace = object.metadata.name;
  const names = snapshot.list(Cluster).flatMap(({ metadata }) => {
    const member = snapshot.member(metadata.name) as Member | undefined;
    return member?.list(ServiceExport, { namespace }).map(({ metadata: { name } }) => name) ?? [];
  });
  return [...new Set(names)].map((name) => keyFor({ namespace, name }, cluster));
}
