import type { SpreadConstraint } from "../../api/index.ts";
import { type Candidate, totalAvailable } from "./candidate.ts";
import { done, failed, type Step } from "./outcome.ts";

/**
 * The first `maxGroups` candidates; when replicas are divided and those have too little room, later ones are swapped in, from
 * the last place up (`select_clusters_by_cluster.go`). `needReplicas` is `undefined` when room does not matter.
 */
export function selectByCluster(
  candidates: readonly Candidate[],
  constraint: SpreadConstraint,
  needReplicas: number | undefined,
): Step<readonly Candidate[]> {
  if (candidates.length < (constraint.minGroups ?? 0)) {
    return failed("SchedulerError", "the number of feasible clusters is less than spreadConstraint.MinGroups");
  }
  // An absent maxGroups is Go's zero, and selects nothing: kept, as users' policies are checked against it.
  const count = Math.min(candidates.length, constraint.maxGroups ?? 0);
  if (needReplicas === undefined) return done(candidates.slice(0, count));
  const selected = swapInRoom(candidates, count, needReplicas);
  if (selected.length === 0 || totalAvailable(selected) < needReplicas) {
    return failed("SchedulerError", `no enough resource when selecting ${count} clusters`);
  }
  return done(selected);
}

function swapInRoom(candidates: readonly Candidate[], count: number, needReplicas: number): readonly Candidate[] {
  const selected = candidates.slice(0, count);
  const rest = candidates.slice(count);
  for (let place = count - 1; place >= 0 && totalAvailable(selected) < needReplicas; place--) {
    const current = selected[place] as Candidate;
    const roomier = indexOfRoomiest(rest, current.availableReplicas);
    if (roomier < 0) continue;
    selected[place] = rest[roomier] as Candidate;
    rest[roomier] = current;
  }
  return selected;
}

/** The first candidate with the most room, if that is more than `floor`; -1 otherwise. */
function indexOfRoomiest(candidates: readonly Candidate[], floor: number): number {
  let most = floor;
  let found = -1;
  candidates.forEach((candidate, index) => {
    if (candidate.availableReplicas <= most) return;
    most = candidate.availableReplicas;
    found = index;
  });
  return found;
}
