/** Lines shown around a change. */
const CONTEXT = 3;

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

function linesOf(value: object): readonly string[] {
  return JSON.stringify(value, undefined, 1).split("\n");
}

/** The lines of both in order, by a longest common subsequence. */
function editsOf(old: readonly string[], next: readonly string[]): readonly Edit[] {
  const common = lengthsOf(old, next);
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < next.length) {
    const here = { oldAt: i, newAt: j };
    if (i < old.length && j < next.length && old[i] === next[j]) {
      edits.push({ side: " ", text: old[i] as string, ...here });
      i++;
      j++;
    } else if (i < old.length && (j >= next.length || at(i + 1, j) >= at(i, j + 1)))
      edits.push({ side: "-", text: old[i++] as string, ...here });
    else edits.push({ side: "+", text: next[j++] as string, ...here });
  }
  return edits;
}

/** How long a common subsequence of the rests from each pair of places is. */
function lengthsOf(old: readonly string[], next: readonly string[]): readonly (readonly number[])[] {
  const rows: number[][] = [];
  for (let i = old.length - 1; i >= 0; i--) {
    const row: number[] = [];
    for (let j = next.length - 1; j >= 0; j--)
      row[j] = old[i] === next[j] ? 1 + (rows[i + 1]?.[j + 1] ?? 0) : Math.max(rows[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    rows[i] = row;
  }
  return rows;
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
