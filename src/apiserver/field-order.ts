import { isRecord } from "../std/index.ts";

/** Findings that end with the quoted path of a field, in the order the fields stand in `object`. */
export function inFieldOrder(object: unknown, findings: readonly string[]): readonly string[] {
  const ranks = new Map<string, number>();
  rank(object, "", ranks);
  const rankOf = (finding: string): number => ranks.get(pathOf(finding)) ?? ranks.size;
  return findings.toSorted((left, right) => rankOf(left) - rankOf(right));
}

function rank(value: unknown, path: string, ranks: Map<string, number>): void {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) rank(item, `${path}[${index}]`, ranks);
  else if (isRecord(value))
    for (const [name, part] of Object.entries(value)) {
      const field = path === "" ? name : `${path}.${name}`;
      ranks.set(field, ranks.size);
      rank(part, field, ranks);
    }
}

function pathOf(finding: string): string {
  const quoted = /"(?:[^"\\]|\\.)*"$/.exec(finding)?.[0];
  return quoted === undefined ? "" : (JSON.parse(quoted) as string);
}
