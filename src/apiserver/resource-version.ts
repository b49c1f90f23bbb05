import { failure, StatusError, statusErrors } from "../apimachinery/index.ts";

/** Reads the resourceVersion of a get or watch: `0` when absent or "0". What is no number is a 400; upstream says the same with a 500. */
export function readResourceVersion(text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  if (!isNumber(text)) throw statusErrors.badRequest(notANumber(text));
  return Number(text);
}

/** The same of a list, which says it at more length. */
export function readListVersion(text: string | undefined): number {
  if (text !== undefined && text !== "" && !isNumber(text))
    throw statusErrors.badRequest(`invalid resource version: ${notANumber(text)}`);
  return readResourceVersion(text);
}

function isNumber(text: string): boolean {
  return /^\d{1,19}$/.test(text);
}

function notANumber(text: string): string {
  return `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
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
