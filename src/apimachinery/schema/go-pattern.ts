const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  digit: "0-9",
  lower: "a-z",
  upper: "A-Z",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** A pattern written for Go's regexp (RE2), compiled for this engine; `undefined` when it is none. */
export function compileGoPattern(pattern: string): RegExp | undefined {
  const leading = /^\(\?([ims]+)\)/.exec(pattern);
  const flags = leading?.[1] ?? "";
  const source = pattern
    .slice(leading?.[0].length ?? 0)
    .replace(/\(\?P</g, "(?<")
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX_CLASSES[name] ?? whole)
    .replace(/(^|[^\\])\\A/g, "$1^")
    .replace(/(^|[^\\])\\z/g, "$1$");
  // Unicode mode first, as RE2 works on code points; it refuses idle escapes such as `\_`, which RE2 lets pass.
  return tryCompile(source, `u${flags}`) ?? tryCompile(source, flags);
}

function tryCompile(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
