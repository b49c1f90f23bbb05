import { compareText } from "../../std/index.ts";

/** A region as selection sees it: how many clusters it brings, and how good it is. */
export type Group = { readonly name: string; readonly value: number; readonly weight: number };

/** How many groups, and how many clusters they must bring together. */
export type GroupDemand = { readonly minGroups: number; readonly maxGroups: number; readonly target: number };

type Path = {
  readonly id: number;
  readonly groups: readonly Group[];
  readonly weight: number;
  readonly value: number;
};

/**
 * The groups to take: of all sets that satisfy the demand the heaviest, then the most valuable, then the first found; and
 * instead of it any shorter one it begins with (`spreadconstraint/select_groups.go`). Empty when nothing satisfies.
 */
export function selectGroups(groups: readonly Group[], demand: GroupDemand): readonly Group[] {
  const paths = feasiblePaths(groups, demand).sort(
    (left, right) => right.weight - left.weight || right.value - left.value || left.id - right.id,
  );
  let best = paths[0];
  if (best === undefined) return [];
  for (const path of paths) if (beginsWith(best, path)) best = path;
  return best.groups;
}

/** Depth first over the groups, few clusters first, so that a short path is tried before the ones that extend it. */
function feasiblePaths(unsorted: readonly Group[], { minGroups, maxGroups, target }: GroupDemand): Path[] {
  const groups = [...unsorted].sort(
    (left, right) => left.value - right.value || right.weight - left.weight || compareText(left.name, right.name),
  );
  const paths: Path[] = [];
  const taken: Group[] = [];
  const descend = (sum: number, begin: number): void => {
    if (sum >= target && taken.length >= minGroups && taken.length <= maxGroups) {
      if (taken.length > 0) paths.push(pathOf(paths.length + 1, taken));
      return;
    }
    if (taken.length >= maxGroups) return;
    for (let index = begin; index < groups.length; index++) {
      const group = groups[index] as Group;
      taken.push(group);
      descend(sum + group.value, index + 1);
      taken.pop();
      // Every group is needed: no path can leave this one out.
      if (groups.length === minGroups) break;
    }
  };
  descend(0, 0);
  return paths;
}

function pathOf(id: number, taken: readonly Group[]): Path {
  const groups = [...taken].sort((left, right) => right.weight - left.weight || compareText(left.name, right.name));
  let weight = 0;
  let value = 0;
  for (const group of groups) {
    weight += group.weight;
    value += group.value;
  }
  return { id, groups, weight, value };
}

function beginsWith(path: Path, prefix: Path): boolean {
  if (prefix.groups.length >= path.groups.length) return false;
  return prefix.groups.every((group, index) => path.groups[index]?.name === group.name);
}
