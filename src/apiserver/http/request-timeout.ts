import { statusErrors } from "../../apimachinery/index.ts";
import { parseDurationMs } from "../../std/index.ts";
import { isFlagSet } from "./query.ts";

/** Refuses a `timeout` that is no duration, whoever asks and for what; watches state theirs in other words (`WithRequestDeadline`). */
export function checkTimeout(path: string): void {
  // Most requests state none, and to read the query costs.
  if (!path.includes("timeout=")) return;
  const query = new URLSearchParams(path.slice(path.indexOf("?") + 1));
  const text = query.get("timeout") ?? "";
  const watch = query.get("watch");
  if (text === "" || (watch !== null && isFlagSet(watch))) return;
  if (parseDurationMs(text.replace(/^[-+]/, "")) !== undefined) return;
  throw statusErrors.badRequest(`invalid timeout specified in the request URL - ${durationError(text)}`);
}

/** What Go's `time.ParseDuration` says of a text. */
function durationError(text: string): string {
  const quoted = JSON.stringify(text);
  const [, unit] = /^[-+]?(?:\d+\.?\d*|\.\d+)([^\d.]*)/.exec(text) ?? [];
  if (unit === undefined) return `time: invalid duration ${quoted}`;
  return unit === ""
    ? `time: missing unit in duration ${quoted}`
    : `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
}
