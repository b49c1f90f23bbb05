import { addQuotaAmounts, type QuotaAmounts, quotaCovers, quotaKind, quotaUsage } from "../../algorithms/index.ts";
import { ResourceQuota } from "../../api/index.ts";
import {
  formatQuantity,
  getPath,
  groupResource,
  type Kind,
  type KubeObject,
  type Quantity,
} from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Key,
  NOTHING,
  plan,
  type Snapshot,
} from "../../controller/index.ts";
import { compareText, deepEqual } from "../../std/index.ts";
import { deletableKinds } from "./discovered-kinds.ts";

type AnyKind = Kind<KubeObject>;

const NONE: Quantity = { nanos: 0n, format: "DecimalSI" };
/** `--resource-quota-sync-period`. */
const RESYNC_MS = 5 * 60_000;
/** When to look again while it is not known what can be counted. */
const DISCOVERY_MS = 1_000;

/**
 * Counts what the objects of a namespace take of its quotas (`pkg/controller/resourcequota`). The API server charges quotas with
 * what is made; this finds out what there is when a quota is new or changed, and what is given back when objects go.
 */
export function resourceQuotaController(): AnyDefinition {
  const kinds = new Map<string, AnyKind>();
  return defineController({
    name: "resourcequota-controller",
    primary: [ResourceQuota],
    // Nothing further is primary: discovery tells which kinds can be counted.
    dynamicPrimary: (discovered) => {
      kinds.clear();
      for (const kind of deletableKinds(discovered)) kinds.set(groupResource(kind), kind);
      return [];
    },
    predicate: ({ before, after }) => !deepEqual(before?.spec, after?.spec),
    reads: [],
    enqueueDynamic: (change, _cluster, snapshot) => (givesBack(change) ? quotasBeside(change, snapshot) : []),
    reconcile: (quota, snapshot) => {
      if (kinds.size === 0) return { intents: [], requeueAfterMs: DISCOVERY_MS };
      const hard = quota.spec?.hard ?? {};
      const status = { hard, used: usedOf(quota, kinds, snapshot) };
      if (deepEqual(status, quota.status)) return NOTHING;
      const object = { ...quota, status } as ResourceQuota;
      return plan({ type: "updateStatus", kind: ResourceQuota, object, before: quota });
    },
    resyncMs: RESYNC_MS,
  });
}

/** What is gone takes nothing any more, nor do pods that are done, nor Services that became less. */
function givesBack({ before, after }: Change<KubeObject>): boolean {
  if (after === undefined) return true;
  if (before === undefined) return false;
  if (after.kind === "Service") return !deepEqual(getPath(before, ["spec"]), getPath(after, ["spec"]));
  return after.kind === "Pod" && isDone(after) && !isDone(before);
}

function isDone(pod: KubeObject): boolean {
  const phase = getPath(pod, ["status", "phase"]);
  return phase === "Succeeded" || phase === "Failed";
}

function quotasBeside({ before, after }: Change<KubeObject>, snapshot: Snapshot<AnyKind>): readonly Key[] {
  const namespace = (after ?? before)?.metadata.namespace;
  if (namespace === undefined) return [];
  return snapshot
    .list(ResourceQuota, { namespace })
    .map(({ metadata: { name } }) => ({ kind: ResourceQuota, namespace, name }));
}

function usedOf(
  quota: ResourceQuota,
  kinds: ReadonlyMap<string, AnyKind>,
  snapshot: Snapshot<AnyKind>,
): Readonly<Record<string, string>> {
  const names = Object.keys(quota.spec?.hard ?? {}).sort(compareText);
  const counted = new Set(names.map((name) => groupResource(quotaKind(name))));
  let total: QuotaAmounts = {};
  for (const resource of counted) {
    const kind = kinds.get(resource);
    if (kind === undefined) continue;
    for (const object of snapshot.dynamicList(kind, { namespace: quota.metadata.namespace ?? "" }))
      if (quotaCovers(quota, kind, object)) total = addQuotaAmounts(total, quotaUsage(kind, object));
  }
  return Object.fromEntries(names.map((name) => [name, formatQuantity(total[name] ?? NONE)]));
}
