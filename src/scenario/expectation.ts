import { isRecord } from "../std/index.ts";

/** One place where an object is not as expected. */
export type Mismatch = { readonly path: string; readonly expected: unknown; readonly actual: unknown };

/** Keys by which lists of objects are matched, first that every expected element has; Kubernetes' own merge keys. */
const MERGE_KEYS: readonly (readonly string[])[] = [
  ["name"],
  ["type"],
  ["key"],
  ["clusterName"],
  ["containerPort", "protocol"],
  ["containerPort"],
  ["port", "protocol"],
  ["port"],
  ["mountPath"],
  ["ip"],
  ["uid"],
];

/**
 * Compares `actual` with the subset `expected`: every field named must be there and equal, others may be anything. Lists of
 * objects are matched by merge key, other lists element by element. An empty result is a match.
 */
export function mismatches(expected: unknown, actual: unknown, path = ""): readonly Mismatch[] {
  if (isRecord(expected))
    return isRecord(actual) ? recordMismatches(expected, actual, path) : [{ path, expected, actual }];
  if (Array.isArray(expected))
    return Array.isArray(actual) ? listMismatches(expected, actual, path) : [{ path, expected, actual }];
  return expected === actual || (expected === null && actual === undefined) ? [] : [{ path, expected, actual }];
}

function recordMismatches(
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
  path: string,
): Mismatch[] {
  return Object.entries(expected).flatMap(([key, value]) =>
    mismatches(value, actual[key], path === "" ? key : `${path}.${key}`),
  );
}

function listMismatches(expected: readonly unknown[], actual: readonly unknown[], path: string): Mismatch[] {
  const keys = mergeKeysOf(expected);
  if (keys !== undefined)
    return expected.flatMap((element) =>
      keyedMismatches(element as Readonly<Record<string, unknown>>, actual, { keys, path }),
    );
  const length =
    expected.length === actual.length
      ? []
      : [{ path: `${path}.length`, expected: expected.length, actual: actual.length }];
  return [...length, ...expected.flatMap((element, index) => mismatches(element, actual[index], `${path}[${index}]`))];
}

function mergeKeysOf(expected: readonly unknown[]): readonly string[] | undefined {
  if (expected.length === 0 || !expected.every(isRecord)) return undefined;
  return MERGE_KEYS.find((keys) => expected.every((element) => keys.every((key) => element[key] !== undefined)));
}

function keyedMismatches(
  element: Readonly<Record<string, unknown>>,
  actual: readonly unknown[],
  by: { readonly keys: readonly string[]; readonly path: string },
): readonly Mismatch[] {
  const title = by.keys.map((key) => `${key}=${String(element[key])}`).join(",");
  const path = `${by.path}[${title}]`;
  const found = actual.find(
    (candidate) => isRecord(candidate) && by.keys.every((key) => candidate[key] === element[key]),
  );
  return found === undefined ? [{ path, expected: element, actual: undefined }] : mismatches(element, found, path);
}

/** The mismatches as a diff: one `-` line for what was expected, one `+` line for what is there. */
export function formatMismatches(found: readonly Mismatch[]): string {
  return found
    .flatMap(({ path, expected, actual }) => [`  ${path}`, `  - ${print(expected)}`, `  + ${print(actual)}`])
    .join("\n");
}

function print(value: unknown): string {
  return value === undefined ? "(absent)" : JSON.stringify(value);
}
