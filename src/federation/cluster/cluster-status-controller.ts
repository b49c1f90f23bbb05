import { Cluster, Node, Pod } from "../../api/index.ts";
import { isConditionTrue } from "../../apimachinery/index.ts";
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
import { nodeSummary, resourceSummary } from "./resource-summary.ts";

/** How often a member's resources are counted again (`--cluster-status-update-frequency`). */
export const STATUS_UPDATE_MS = 10_000;

/** Nodes and pods of members -> `nodeSummary` and `resourceSummary` of their Clusters. Health is the collector's matter. */
export const clusterStatusController: ControllerDefinition<typeof Cluster, never, typeof Node | typeof Pod> =
  defineController({
    name: "cluster-status-controller",
    primary: [Cluster],
    predicate: ({ before, after }) =>
      after !== undefined && (before === undefined || before.spec.resourceModels !== after.spec.resourceModels),
    reads: [],
    memberReads: [
      memberRead(Node, { enqueue: clusterOfChangedNode }),
      // Counted every few seconds, as upstream does; following each pod would write a status per pod.
      memberRead(Pod, { enqueue: "none" }),
    ],
    resyncMs: STATUS_UPDATE_MS,
    reconcile: summarize,
  });

function summarize(cluster: Cluster, snapshot: Snapshot<typeof Cluster, typeof Node | typeof Pod>): Plan {
  const member = snapshot.member(cluster.metadata.name);
  if (member === undefined || cluster.metadata.deletionTimestamp !== undefined) return NOTHING;
  const nodes = member.list(Node);
  const pods = member.list(Pod);
  if (!member.hasSynced(Node) || !member.hasSynced(Pod)) return NOTHING;
  const status: Cluster["status"] = {
    ...cluster.status,
    nodeSummary: nodeSummary(nodes),
    resourceSummary: resourceSummary(nodes, pods, cluster.spec.resourceModels ?? []),
  };
  const object: Cluster = { ...cluster, status };
  return plan({ type: "updateStatus", kind: Cluster, object, before: cluster });
}

/** Heartbeats change nothing that is counted. */
function clusterOfChangedNode({ before, after }: Change<Node>, cluster: string): readonly Key[] {
  const same =
    before !== undefined &&
    after !== undefined &&
    before.status?.allocatable === after.status?.allocatable &&
    isConditionTrue(before.status?.conditions, "Ready") === isConditionTrue(after.status?.conditions, "Ready");
  return same ? [] : [{ kind: Cluster, name: cluster }];
}
