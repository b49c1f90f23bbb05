/** A command's own account of what went wrong: one sentence, no stack. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
