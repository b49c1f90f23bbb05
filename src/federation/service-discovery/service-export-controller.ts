import {
  clusterOfExecutionSpace,
  EndpointSlice,
  executionSpaceName,
  karmadaFinalizers,
  ServiceExport,
  Work,
  workName,
} from "../../api/index.ts";
import { apiVersionOf, type Kind, type KubeObject, unstructured } from "../../apimachinery/index.ts";
import {
  type Change,
  type ControllerDefinition,
  defineController,
  type Intent,
  type Key,
  memberRead,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { keyOf } from "../binding-scope.ts";
import { workOf } from "../execution/manifest.ts";
import { collectingLabels, exportedServiceOf } from "./collected-work.ts";
import { localServiceOf } from "./endpoint-slices.ts";

type MemberReads = typeof EndpointSlice | typeof ServiceExport;
type Home = Snapshot<typeof Work, MemberReads>;
type ServiceName = { readonly namespace: string; readonly name: string };

/**
 * EndpointSlices of a Service that a member exports -> Works of that member's execution space, withheld from the member they
 * come from. What drives it is the Work that carries the ServiceExport there.
 */
export const serviceExportController: ControllerDefinition<typeof Work, typeof Work, MemberReads> = defineController({
  name: "service-export-controller",
  primary: [Work],
  predicate: ({ before, after, object }) =>
    exportOf(object) !== undefined &&
    (before === undefined ||
      after === undefined ||
      before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp),
  reads: [read(Work, { enqueue: "none", indexes: { service: exportedServiceKeys } })],
  memberReads: [
    memberRead(EndpointSlice, { enqueue: exportOfSlice, indexes: { service: localServiceOf } }),
    memberRead(ServiceExport, { enqueue: workOfExport }),
  ],
  reconcile: (work, snapshot) => {
    const service = exportOf(work);
    const cluster = clusterOfExecutionSpace(work.metadata.namespace ?? "");
    if (service === undefined || cluster === undefined) return NOTHING;
    if (work.metadata.deletionTimestamp !== undefined) return removal(collectedWorks(cluster, service, snapshot));
    return collect(cluster, service, snapshot);
  },
  absent: ({ name, namespace = "" }, snapshot) => {
    const orphans = snapshot.list(Work, {
      namespace,
      where: (work) => {
        const service = exportedServiceOf(work);
        return service !== undefined && workName(ServiceExport.kind, service.name, service.namespace) === name;
      },
    });
    return removal(orphans);
  },
});

function collect(cluster: string, service: ServiceName, snapshot: Home): Plan {
  const member = snapshot.member(cluster);
  if (member === undefined) return NOTHING;
  const existing = collectedWorks(cluster, service, snapshot);
  if (member.kindOf(apiVersionOf(ServiceExport), ServiceExport.kind) === undefined) return removal(existing);
  const exported = member.get(ServiceExport, service.name, service.namespace);
  const slices = member.list(EndpointSlice, {
    index: { name: "service", value: `${service.namespace}/${service.name}` },
  });
  // A member that cannot be asked exports what it exported before.
  if (!member.hasSynced(ServiceExport) || !member.hasSynced(EndpointSlice)) return NOTHING;
  if (exported === undefined) return removal(existing);
  const wanted = slices
    .filter((slice) => slice.metadata.deletionTimestamp === undefined)
    .map((slice) => collectingWork(slice, { cluster, service, snapshot }));
  const names = new Set(wanted.map(({ work }) => work.metadata.name));
  return plan(
    wanted.flatMap(({ intent }) => intent ?? []),
    removal(existing.filter((work) => !names.has(work.metadata.name))),
  );
}

function collectingWork(
  slice: EndpointSlice,
  { cluster, service, snapshot }: { readonly cluster: string; readonly service: ServiceName; readonly snapshot: Home },
): { readonly work: Work; readonly intent?: Intent } {
  const name = workName(EndpointSlice.kind, slice.metadata.name, slice.metadata.namespace);
  const existing = snapshot.get(Work, name, executionSpaceName(cluster));
  if (existing?.metadata.deletionTimestamp !== undefined) return { work: existing };
  const work = workOf(
    {
      cluster,
      name,
      object: unstructured(slice),
      labels: collectingLabels(service, existing),
      finalizers: [karmadaFinalizers.endpointSlice],
      suspendDispatching: true,
    },
    existing,
  );
  if (existing === undefined) return { work, intent: { type: "create", kind: Work, object: work } };
  if (deepEqual(work, existing)) return { work };
  return { work, intent: { type: "update", kind: Work, object: work, before: existing } };
}

function collectedWorks(cluster: string, service: ServiceName, snapshot: Home): readonly Work[] {
  return snapshot.list(Work, {
    namespace: executionSpaceName(cluster),
    index: { name: "service", value: `${service.namespace}/${service.name}` },
  });
}

function removal(works: readonly Work[]): Plan {
  return plan(
    works
      .filter((work) => work.metadata.deletionTimestamp === undefined)
      .map((work): Intent => ({ type: "delete", ...keyOf(Work, work) })),
  );
}

function exportedServiceKeys(work: Work): readonly string[] {
  const service = exportedServiceOf(work);
  return service === undefined ? [] : [`${service.namespace}/${service.name}`];
}

/** The Service whose export a Work carries. */
function exportOf(work: Work): ServiceName | undefined {
  const manifest = work.spec.workload?.manifests?.[0];
  if (manifest?.kind !== ServiceExport.kind || manifest.apiVersion !== apiVersionOf(ServiceExport)) return undefined;
  return { namespace: manifest.metadata.namespace ?? "", name: manifest.metadata.name };
}

function exportOfSlice(
  { before, object }: Change<EndpointSlice>,
  cluster: string,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  const services = new Set([...localServiceOf(object), ...(before === undefined ? [] : localServiceOf(before))]);
  return [...services].flatMap((key) => {
    const [namespace = "", name = ""] = key.split("/");
    return exportingWork({ namespace, name }, cluster, snapshot);
  });
}

function workOfExport(
  { object }: Change<ServiceExport>,
  cluster: string,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  const { name, namespace = "" } = object.metadata;
  return exportingWork({ namespace, name }, cluster, snapshot);
}

function exportingWork(service: ServiceName, cluster: string, snapshot: Snapshot<Kind<KubeObject>>): readonly Key[] {
  const name = workName(ServiceExport.kind, service.name, service.namespace);
  const work = snapshot.get(Work, name, executionSpaceName(cluster));
  return work === undefined ? [] : [keyOf(Work, work)];
}
