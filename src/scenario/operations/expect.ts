import { compileJsonPath } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { formatMismatches, type Mismatch, mismatches } from "../expectation.ts";
import type { Manifest, Operation } from "../scenario-file.ts";
import type { World } from "../world.ts";
import {
  clusterOf,
  DEFAULT_TIMEOUT_MS,
  durationArgument,
  ExpectationError,
  type Run,
  recordArgument,
  textArgument,
  titleOf,
} from "./operation.ts";

/** Each object must come to exist and match, within the timeout. */
export const assert: Run = (operation, world) =>
  expectAll(operation, world, durationArgument(operation, "timeout", DEFAULT_TIMEOUT_MS));

/** As `assert`; `within` bounds it. */
export const until: Run = (operation, world) =>
  expectAll(operation, world, durationArgument(operation, "within", 10 * 60_000));

/** No object may match, within the timeout. */
export const error: Run = async (operation, world) => {
  for (const manifest of operation.manifests) {
    const absent = await world.until(
      async () => (await closest(operation, world, manifest)).found.length > 0,
      durationArgument(operation, "timeout", DEFAULT_TIMEOUT_MS),
    );
    if (!absent) throw new ExpectationError(`${titleOf(manifest)} in ${operation.cluster} matches, and should not`);
  }
  return operation.manifests.map((manifest) => `${titleOf(manifest)} is not there`);
};

/** Each object must match now and at every moment for the duration. */
export const consistently: Run = async (operation, world) => {
  const broken: { mismatch?: readonly Mismatch[]; manifest?: Manifest } = {};
  const failed = await world.until(
    async () => {
      for (const manifest of operation.manifests) {
        const { found } = await closest(operation, world, manifest);
        if (found.length === 0) continue;
        Object.assign(broken, { mismatch: found, manifest });
        return true;
      }
      return false;
    },
    durationArgument(operation, "for", DEFAULT_TIMEOUT_MS),
  );
  if (failed && broken.manifest !== undefined)
    throw new ExpectationError(
      `${titleOf(broken.manifest)} in ${operation.cluster} stopped matching`,
      formatMismatches(broken.mismatch ?? []),
    );
  return operation.manifests.map((manifest) => `${titleOf(manifest)} kept matching`);
};

/** Waits for a condition, a JSONPath value, or deletion. */
export const wait: Run = async (operation, world) => {
  const forWhat = recordArgument(operation, "for") ?? {};
  const target = {
    apiVersion: textArgument(operation, "apiVersion") ?? "",
    kind: textArgument(operation, "kind") ?? "",
  };
  const name = textArgument(operation, "name") ?? "";
  const namespace = textArgument(operation, "namespace");
  const holds = waitCondition(forWhat);
  const reached = await world.until(
    async () => holds(await clusterOf(operation, world).get(target, name, namespace)),
    durationArgument(operation, "timeout", DEFAULT_TIMEOUT_MS),
  );
  if (!reached)
    throw new ExpectationError(
      `timed out waiting for ${JSON.stringify(forWhat)} on ${target.kind} ${name} in ${operation.cluster}`,
    );
  return [`${target.kind} ${name}: ${Object.keys(forWhat).join(", ")} met`];
};

function waitCondition(forWhat: Manifest): (object: unknown) => boolean {
  if (isRecord(forWhat.deletion)) return (object) => object === undefined;
  if (isRecord(forWhat.condition)) {
    const { name, value = "True" } = forWhat.condition;
    return (object) => mismatches({ status: { conditions: [{ type: name, status: value }] } }, object).length === 0;
  }
  const { path, value } = isRecord(forWhat.jsonPath) ? forWhat.jsonPath : { path: "", value: undefined };
  const evaluate = compileJsonPath(String(path));
  return (object) =>
    object !== undefined &&
    evaluate(object).some((found) => (value === undefined ? found !== undefined : String(found) === value));
}

async function expectAll(operation: Operation, world: World, withinMs: number): Promise<readonly string[]> {
  for (const manifest of operation.manifests) {
    const matched = await world.until(
      async () => (await closest(operation, world, manifest)).found.length === 0,
      withinMs,
    );
    if (matched) continue;
    const { found, exists } = await closest(operation, world, manifest);
    const what = exists ? "is not as expected" : "does not exist";
    throw new ExpectationError(
      `${titleOf(manifest)} in ${operation.cluster} ${what} after ${withinMs / 1000} s`,
      exists ? formatMismatches(found) : "",
    );
  }
  return operation.manifests.map((manifest) => `${titleOf(manifest)} is as expected`);
}

/** The candidate nearest to the manifest: the one it names, else the best match among those its labels or kind select. */
async function closest(
  operation: Operation,
  world: World,
  manifest: Manifest,
): Promise<{ readonly found: readonly Mismatch[]; readonly exists: boolean }> {
  const candidates = await clusterOf(operation, world).matching(manifest);
  let best: readonly Mismatch[] | undefined;
  for (const candidate of candidates) {
    const found = mismatches(manifest, candidate);
    if (best === undefined || found.length < best.length) best = found;
  }
  return {
    found: best ?? [{ path: "metadata.name", expected: titleOf(manifest), actual: undefined }],
    exists: best !== undefined,
  };
}
