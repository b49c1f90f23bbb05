import type { Pod } from "../../../api/index.ts";

/** On the pods of an Indexed Job: which index they work on. */
export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";

/** The index a pod works on, as a list of one or none. */
export function indexOf(pod: Pod): readonly number[] {
  const index = pod.metadata.annotations?.[COMPLETION_INDEX];
  return index === undefined ? [] : [Number(index)];
}

/** Pods by the index they work on; those that work on none are left out. */
export function podsByIndex(pods: readonly Pod[]): ReadonlyMap<number, readonly Pod[]> {
  const byIndex = new Map<number, Pod[]>();
  for (const pod of pods)
    for (const index of indexOf(pod)) {
      const own = byIndex.get(index);
      if (own === undefined) byIndex.set(index, [pod]);
      else own.push(pod);
    }
  return byIndex;
}

/** Reads `0-2,5`. */
export function parseIndexes(text: string | undefined): readonly number[] {
  return (text ?? "").split(",").flatMap((part) => {
    if (part === "") return [];
    const [from = 0, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
  });
}

/** Writes `0-2,5`: runs of three and more as ranges, pairs as two numbers. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((left, right) => left - right);
  const runs: [number, number][] = [];
  for (const index of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else runs.push([index, index]);
  }
  return runs
    .map(([from, to]) => (to === from ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`))
    .join(",");
}
