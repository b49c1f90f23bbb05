/** One thing wrong with an expression, at an offset of its text; `undefined` where there is no place. */
export type CelIssue = { readonly at: number | undefined; readonly message: string };

/** How many issues of one expression are told. */
const ISSUES_MAX = 100;

/** An expression that cannot be compiled; the message is what cel-go prints of it. */
export class CompileError extends Error {
  override readonly name = "CompileError";

  constructor(text: string, issues: readonly CelIssue[]) {
    const sorted = [...issues].sort((left, right) => (left.at ?? -1) - (right.at ?? -1));
    super(
      sorted
        .slice(0, ISSUES_MAX)
        .map((issue) => display(text, issue))
        .join("\n"),
    );
  }
}

/** An expression whose types are right and which can never be evaluated. */
export class InstantiationError extends Error {
  override readonly name = "InstantiationError";
}

/** `ERROR: <input>:1:5: undefined field 'x'`, the line, and an arrow below the place (`common.Error.ToDisplayString`). */
function display(text: string, { at, message }: CelIssue): string {
  if (at === undefined) return `ERROR: <input>:-1:0: ${message}`;
  if (text === "") return `ERROR: <input>:1:0: ${message}`;
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const ahead = [...before.slice(before.lastIndexOf("\n") + 1)];
  const source = (text.split("\n")[line - 1] ?? "").replaceAll("\t", " ");
  const dots = ahead.map((character) => (isWide(character) ? "．" : ".")).join("");
  const arrow = isWide(String.fromCodePoint(text.codePointAt(at) ?? 0)) ? "＾" : "^";
  return `ERROR: <input>:${line}:${ahead.length + 1}: ${message}\n | ${source}\n | ${dots}${arrow}`;
}

function isWide(character: string): boolean {
  return (character.codePointAt(0) ?? 0) > 0x7f;
}
