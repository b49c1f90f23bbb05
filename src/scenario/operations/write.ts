import { StatusError } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { formatMismatches, mismatches } from "../expectation.ts";
import type { Manifest, Operation } from "../scenario-file.ts";
import { readYamlFile } from "../yaml-source.ts";
import { clusterOf, ExpectationError, type Run, textArgument, titleOf } from "./operation.ts";

/** Applies each object as `kubectl apply` does. */
export const apply: Run = (operation, world) =>
  eachManifest(operation, async (manifest) => {
    const [applied] = await clusterOf(operation, world).apply(manifest);
    return applied === undefined ? [] : [`${applied.title} ${applied.change}`];
  });

/** Creates each object; one that exists is an error. */
export const create: Run = (operation, world) =>
  eachManifest(operation, async (manifest) => {
    const cluster = clusterOf(operation, world);
    const created = await cluster.create(manifest);
    return [`${await cluster.titleOf(created)} created`];
  });

/** Patches each object named by the manifest with the manifest itself. */
export const patch: Run = (operation, world) =>
  eachManifest(operation, async (manifest) => {
    const cluster = clusterOf(operation, world);
    const type = (textArgument(operation, "type") ?? "merge") as "merge" | "strategic" | "json";
    const { apiVersion, kind, metadata, ...rest } = manifest;
    const meta = isRecord(metadata) ? metadata : {};
    const { name, namespace, ...metaRest } = meta;
    const body = { ...rest, ...(Object.keys(metaRest).length === 0 ? {} : { metadata: metaRest }) };
    const options = { type, ...(typeof namespace === "string" ? { namespace } : {}) };
    const patched = await cluster.patch(
      { apiVersion: String(apiVersion), kind: String(kind) },
      String(name),
      body,
      options,
    );
    return [`${await cluster.titleOf(patched)} patched`];
  });

/** Deletes what `ref` or `file` names; what is already gone is fine. */
export const remove: Run = async (operation, world) => {
  const cluster = clusterOf(operation, world);
  const file = textArgument(operation, "file");
  const named = file === undefined ? [] : readYamlFile(file).map((document) => document.value as Manifest);
  const reference = operation.args.ref;
  const targets = isRecord(reference) ? [{ ...reference, metadata: reference }, ...named] : named;
  const shown: string[] = [];
  for (const target of targets) shown.push(...(await cluster.deleteMatching(target as Manifest)));
  await world.settle();
  return shown;
};

async function eachManifest(
  operation: Operation,
  act: (manifest: Manifest) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const refused = operation.args.refused;
  const shown: string[] = [];
  for (const manifest of operation.manifests) {
    if (isRecord(refused)) shown.push(await expectRefusal(manifest, refused, act));
    else shown.push(...(await act(manifest)));
  }
  return shown;
}

async function expectRefusal(
  manifest: Manifest,
  refused: Manifest,
  act: (manifest: Manifest) => Promise<readonly string[]>,
): Promise<string> {
  try {
    await act(manifest);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const { message, ...exact } = refused;
    const found = mismatches(exact, error.status);
    const wording =
      typeof message !== "string" || error.message.includes(message)
        ? []
        : [{ path: "message", expected: message, actual: error.message }];
    if (found.length + wording.length === 0) return `refused: ${error.message}`;
    throw new ExpectationError(
      `${titleOf(manifest)} was refused otherwise than expected`,
      formatMismatches([...found, ...wording]),
    );
  }
  throw new ExpectationError(`${titleOf(manifest)} was expected to be refused, and was accepted`);
}
