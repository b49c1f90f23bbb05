import {
  clusterOfExecutionSpace,
  derivedServiceName,
  executionSpaceName,
  Service,
  ServiceImport,
  Work,
  workName,
} from "../../api/index.ts";
import { apiVersionOf, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import {
  type Change,
  type ControllerDefinition,
  defineController,
  type Key,
  memberRead,
  NOTHING,
  type Plan,
  plan,
  type Snapshot,
} from "../../controller/index.ts";
import { keyOf } from "../binding-scope.ts";
import { fillingPatch, heldIp } from "./cluster-set-ip.ts";

type MemberReads = typeof Service | typeof ServiceImport;
const DERIVED_PREFIX = derivedServiceName("");

/**
 * The address of a member's derived Service -> `spec.ips` of the ServiceImport there, so that the name of the cluster set
 * resolves to something. Karmada leaves the field empty; only an import whose template sets no address is filled, and an
 * address somebody wrote at the member stays.
 */
export const clusterSetIpController: ControllerDefinition<typeof Work, never, MemberReads> = defineController({
  name: "cluster-set-ip-controller",
  primary: [Work],
  predicate: ({ before, after, object }) =>
    after !== undefined && importOf(object) !== undefined && before?.metadata.generation !== after.metadata.generation,
  reads: [],
  memberReads: [
    memberRead(Service, { enqueue: importOfDerivedService }),
    memberRead(ServiceImport, {
      enqueue: ({ after, object }, cluster, snapshot) =>
        after === undefined ? [] : importingWork(object.metadata.name, object.metadata.namespace, cluster, snapshot),
    }),
  ],
  reconcile: fill,
});

function fill(work: Work, snapshot: Snapshot<typeof Work, MemberReads>): Plan {
  const template = importOf(work);
  const cluster = clusterOfExecutionSpace(work.metadata.namespace ?? "");
  if (template === undefined || cluster === undefined || work.metadata.deletionTimestamp !== undefined) return NOTHING;
  if (template.spec.type !== "ClusterSetIP" || (template.spec.ips?.length ?? 0) > 0) return NOTHING;
  const { name, namespace } = template.metadata;
  const member = snapshot.member(cluster);
  const imported = member?.get(ServiceImport, name, namespace);
  const service = member?.get(Service, derivedServiceName(name), namespace);
  if (imported === undefined || member?.hasSynced(Service) !== true) return NOTHING;
  const ip = clusterIpOf(service);
  const held = heldIp(imported);
  if (held.type === "own" || (held.type === "filled" ? held.ip : undefined) === ip) return NOTHING;
  const target = namespace === undefined ? { name } : { name, namespace };
  const body = fillingPatch(ip);
  return plan({ type: "patch", at: cluster, kind: ServiceImport, ...target, patchType: "merge", body });
}

function clusterIpOf(service: Service | undefined): string | undefined {
  const ip = service?.spec.clusterIP;
  return ip === undefined || ip === "" || ip === "None" ? undefined : ip;
}

function importOf(work: Work): ServiceImport | undefined {
  const manifest = work.spec.workload?.manifests?.[0];
  if (manifest?.kind !== ServiceImport.kind || manifest.apiVersion !== apiVersionOf(ServiceImport)) return undefined;
  return manifest as ServiceImport;
}

function importOfDerivedService(
  { object }: Change<Service>,
  cluster: string,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  const { name, namespace } = object.metadata;
  if (!name.startsWith(DERIVED_PREFIX)) return [];
  return importingWork(name.slice(DERIVED_PREFIX.length), namespace, cluster, snapshot);
}

function importingWork(
  name: string,
  namespace: string | undefined,
  cluster: string,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  const work = snapshot.get(Work, workName(ServiceImport.kind, name, namespace), executionSpaceName(cluster));
  return work === undefined ? [] : [keyOf(Work, work)];
}
