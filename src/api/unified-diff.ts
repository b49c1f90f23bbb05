/** Lines shown around a change. */
const CONTEXT = 3;
/** In texts of so many lines, a line that is more than each so many-th of them tells nothing about where one is. */
const LONG = 200;
const COMMON = 100;

/** What changed between two values, line by line of their indented JSON, as upstream shows it (`diff.Diff`); each hunk is headed. */
export function unifiedDiff(before: object, after: object): string {
  const [old, next] = [linesOf(before), linesOf(after)];
  const edits = editsOf(old, next);
  return hunksOf(edits)
    .map((hunk) => shownHunk(hunk))
    .join("");
}

/** One line, and on which side it is; places count from 0. */
type Edit = { readonly side: " " | "-" | "+"; readonly text: string; readonly oldAt: number; readonly newAt: number };

/** So many lines that are the same on both sides. */
type Run = { readonly oldAt: number; readonly newAt: number; readonly size: number };

/** From where to where on both sides; the ends are not part of it. */
type Part = { readonly oldFrom: number; readonly oldTo: number; readonly newFrom: number; readonly newTo: number };

function linesOf(value: object): readonly string[] {
  return JSON.stringify(value, undefined, 1).split("\n");
}

/** The lines of both in order: between two runs what is gone, then what is new. */
function editsOf(old: readonly string[], next: readonly string[]): readonly Edit[] {
  const edits: Edit[] = [];
  let [oldAt, newAt] = [0, 0];
  const end: Run = { oldAt: old.length, newAt: next.length, size: 0 };
  for (const run of [...runsOf(old, next), end]) {
    for (; oldAt < run.oldAt; oldAt++) edits.push({ side: "-", text: old[oldAt] as string, oldAt, newAt });
    for (; newAt < run.newAt; newAt++) edits.push({ side: "+", text: next[newAt] as string, oldAt, newAt });
    for (const last = oldAt + run.size; oldAt < last; oldAt++, newAt++)
      edits.push({ side: " ", text: old[oldAt] as string, oldAt, newAt });
  }
  return edits;
}

/** The runs of equal lines in order: the longest one first, then those before and after it (`difflib.SequenceMatcher`). */
function runsOf(old: readonly string[], next: readonly string[]): readonly Run[] {
  const places = placesOf(next);
  const candidates = old.map((line) => places.get(line) ?? []);
  const runs: Run[] = [];
  const parts: Part[] = [{ oldFrom: 0, oldTo: old.length, newFrom: 0, newTo: next.length }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { oldFrom, oldTo, newFrom, newTo } = part;
    const run = extended(old, next, part, longestRun(candidates, part));
    const { oldAt, newAt, size } = run;
    if (size === 0) continue;
    runs.push(run);
    if (oldFrom < oldAt && newFrom < newAt) parts.push({ oldFrom, oldTo: oldAt, newFrom, newTo: newAt });
    if (oldAt + size < oldTo && newAt + size < newTo)
      parts.push({ oldFrom: oldAt + size, oldTo, newFrom: newAt + size, newTo });
  }
  return runs.sort((one, other) => one.oldAt - other.oldAt);
}

/** Where each line is, but for those that are everywhere. */
function placesOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [at, line] of lines.entries()) {
    const known = places.get(line);
    if (known === undefined) places.set(line, [at]);
    else known.push(at);
  }
  if (lines.length < LONG) return places;
  const most = Math.floor(lines.length / COMMON) + 1;
  for (const [line, at] of places) if (at.length > most) places.delete(line);
  return places;
}

const NO_LENGTHS: ReadonlyMap<number, number> = new Map();

/** The first of the longest runs of a part; `candidates` are the new places of each old line. */
function longestRun(candidates: readonly (readonly number[])[], part: Part): Run {
  const { oldFrom, oldTo, newFrom, newTo } = part;
  let best: Run = { oldAt: oldFrom, newAt: newFrom, size: 0 };
  // How long the runs are that end with the old line before, by their new place.
  let lengths = NO_LENGTHS;
  for (let oldAt = oldFrom; oldAt < oldTo; oldAt++) {
    const before = lengths;
    const here = new Map<number, number>();
    for (const newAt of candidates[oldAt] ?? []) {
      if (newAt < newFrom || newAt >= newTo) continue;
      const size = (before.get(newAt - 1) ?? 0) + 1;
      here.set(newAt, size);
      if (size > best.size) best = { oldAt: oldAt - size + 1, newAt: newAt - size + 1, size };
    }
    lengths = here;
  }
  return best;
}

/** A run with the lines that are everywhere on both of its ends. */
function extended(old: readonly string[], next: readonly string[], part: Part, run: Run): Run {
  let { oldAt, newAt, size } = run;
  for (; oldAt > part.oldFrom && newAt > part.newFrom && old[oldAt - 1] === next[newAt - 1]; size++) {
    oldAt--;
    newAt--;
  }
  while (oldAt + size < part.oldTo && newAt + size < part.newTo && old[oldAt + size] === next[newAt + size]) size++;
  return { oldAt, newAt, size };
}

/** Changes with what is around them; those near each other share a hunk. */
function hunksOf(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  const hunks: { from: number; to: number }[] = [];
  edits.forEach(({ side }, index) => {
    if (side === " ") return;
    const last = hunks.at(-1);
    if (last !== undefined && index - CONTEXT <= last.to) last.to = index + 1 + CONTEXT;
    else hunks.push({ from: Math.max(0, index - CONTEXT), to: index + 1 + CONTEXT });
  });
  return hunks.map(({ from, to }) => edits.slice(from, to));
}

function shownHunk(hunk: readonly Edit[]): string {
  const [{ oldAt = 0, newAt = 0 } = {}] = hunk;
  const old = hunk.filter(({ side }) => side !== "+").length;
  const next = hunk.filter(({ side }) => side !== "-").length;
  const lines = hunk.map(({ side, text }) => `${side}${text}\n`).join("");
  return `@@ -${rangeOf(oldAt, old)} +${rangeOf(newAt, next)} @@\n${lines}`;
}

function rangeOf(start: number, length: number): string {
  if (length === 1) return `${start + 1}`;
  return `${length === 0 ? start : start + 1},${length}`;
}
