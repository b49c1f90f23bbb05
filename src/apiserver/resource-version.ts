import { failure, StatusError, statusErrors } from "../apimachinery/index.ts";

/** Reads a resourceVersion of a request: `0` when absent or "0"; throws a 400 for what is no number (a 500 upstream, but for lists). */
export function readResourceVersion(text: string | undefined, verb: "list" | "get" | "watch" = "list"): number {
  if (text === undefined || text === "") return 0;
  if (!/^\d{1,19}$/.test(text))
    throw statusErrors.badRequest(
      `${verb === "list" ? "invalid resource version: " : ""}resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

/** Stops a read that demands a state this server has not reached (`storage.NewTooLargeResourceVersionError`). */
export function checkReached(requested: number, present: number): void {
  if (requested <= present) return;
  throw new StatusError(
    failure("Timeout", `Timeout: Too large resource version: ${requested}, current: ${present}`, {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    }),
  );
}
