import { deepEqual } from "../std/index.ts";

/**
 * What changed between two values of a Go struct, in the manner of `cmp.Diff`, which upstream puts behind the refusal of a
 * change; fields that are lists or structs are shown whole.
 */
export function specDiff(type: string, before: object, after: object): string {
  const [old, next] = [before as Fields, after as Fields];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])];
  const changed = keys.filter((key) => !deepEqual(old[key], next[key]));
  const same = keys.length - changed.length;
  const lines = changed.flatMap((key) => [
    `- \t${goName(key)}: ${goValue(old[key])},`,
    `+ \t${goName(key)}: ${goValue(next[key])},`,
  ]);
  const rest = same === 0 ? [] : [`  \t... // ${same} identical field${same === 1 ? "" : "s"}`];
  return [`  ${type}{`, ...lines, ...rest, "  }", ""].join("\n");
}

type Fields = Readonly<Record<string, unknown>>;

function goName(key: string): string {
  return key.startsWith("dns") ? `DNS${key.slice(3)}` : `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
}

function goValue(value: unknown): string {
  return value === undefined ? "nil" : JSON.stringify(value);
}
