/** One thing wrong with an expression, at an offset of its text. */
export type CelIssue = { readonly at: number; readonly message: string };

/** An expression that cannot be compiled; the message is what cel-go prints of it. */
export class CompileError extends Error {
  override readonly name = "CompileError";

  constructor(text: string, issues: readonly CelIssue[]) {
    super(issues.map((issue) => display(text, issue)).join("\n"));
  }
}

/** `ERROR: <input>:1:5: undefined field 'x'`, the line, and an arrow below the place (`common.Error.ToDisplayString`). */
function display(text: string, { at, message }: CelIssue): string {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - (before.lastIndexOf("\n") + 1);
  const source = (text.split("\n")[line - 1] ?? "").replaceAll("\t", " ");
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${source}\n | ${".".repeat(column)}^`;
}
