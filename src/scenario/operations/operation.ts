import { isRecord, parseDurationMs } from "../../std/index.ts";
import type { ClusterHandle } from "../cluster-handle.ts";
import type { MemberHandle } from "../member-handle.ts";
import type { Manifest, Operation } from "../scenario-file.ts";
import type { World } from "../world.ts";

/** What an operation shows for itself: lines of text, as a terminal would print them. */
export type Shown = readonly string[];

/** Carries an operation out; throws {@link ExpectationError} when the world is not as the scenario says. */
export type Run = (operation: Operation, world: World) => Promise<Shown>;

/** The world is not as expected. `diff` shows where. */
export class ExpectationError extends Error {
  override readonly name = "ExpectationError";
  readonly diff: string;

  constructor(message: string, diff = "") {
    super(message);
    this.diff = diff;
  }
}

export const DEFAULT_TIMEOUT_MS = 30_000;

export function clusterOf(operation: Operation, world: World): ClusterHandle {
  return world.cluster(operation.cluster);
}

/** The simulated member an operation speaks to. Throws when its cluster is the host or a real one. */
export function memberOf(operation: Operation, world: World): MemberHandle {
  return world.member(operation.cluster);
}

export function textArgument(operation: Operation, name: string): string | undefined {
  const value = operation.args[name];
  return typeof value === "string" ? value : undefined;
}

export function recordArgument(operation: Operation, name: string): Manifest | undefined {
  const value = operation.args[name];
  return isRecord(value) ? value : undefined;
}

export function durationArgument(operation: Operation, name: string, defaultMs: number): number {
  const text = textArgument(operation, name);
  return text === undefined ? defaultMs : (parseDurationMs(text) ?? defaultMs);
}

/** `Deployment default/serve`: an object in messages. */
export function titleOf(manifest: Manifest): string {
  const metadata = isRecord(manifest.metadata) ? manifest.metadata : {};
  const name = typeof metadata.name === "string" ? metadata.name : "(any)";
  return typeof metadata.namespace === "string"
    ? `${String(manifest.kind)} ${metadata.namespace}/${name}`
    : `${String(manifest.kind)} ${name}`;
}

/** Runs a check that is a regular expression when it can be one, else equal text. */
export function matchesText(pattern: string, text: string): boolean {
  return pattern === text || new RegExp(pattern, "su").test(text);
}
