import { statusErrors } from "../../apimachinery/index.ts";
import { goDurationError } from "../../std/index.ts";
import { isFlagSet } from "./query.ts";

/** Refuses a `timeout` that is no duration, whoever asks and for what; watches state theirs in other words (`WithRequestDeadline`). */
export function checkTimeout(path: string): void {
  // Most requests state none, and to read the query costs.
  if (!path.includes("timeout=")) return;
  const query = new URLSearchParams(path.slice(path.indexOf("?") + 1));
  const text = query.get("timeout") ?? "";
  const watch = query.get("watch");
  if (text === "" || (watch !== null && isFlagSet(watch))) return;
  const error = goDurationError(text);
  if (error !== undefined) throw statusErrors.badRequest(`invalid timeout specified in the request URL - ${error}`);
}
