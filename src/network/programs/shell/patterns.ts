/** A shell pattern: text in which `*`, `?` and `[…]` mean something unless a backslash stands before them. */
export type Pattern = string;

/** Writes text so that it stands for itself in a pattern. */
export function escapePattern(text: string): Pattern {
  return text.replace(/[*?[\]\\]/g, "\\$&");
}

/** Whether a pattern could match anything but itself. */
export function isPattern(pattern: Pattern): boolean {
  return /(^|[^\\])(?:\\\\)*[*?[]/.test(pattern);
}

/** The regular expression of a pattern, without its ends; with `segments`, stars stop at slashes. */
export function patternSource(pattern: Pattern, segments = false): string {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    const set = char === "[" ? /^\[(!|\^)?(\]?[^\]]*)\]/.exec(pattern.slice(at)) : null;
    if (char === "\\") source += escapeRegExp(pattern[++at] ?? "\\");
    else if (char === "*") source += segments ? "[^/]*" : "[\\s\\S]*";
    else if (char === "?") source += segments ? "[^/]" : "[\\s\\S]";
    else if (set !== null) {
      source += `[${set[1] === undefined ? "" : "^"}${setSource(set[2] as string)}]`;
      at += set[0].length - 1;
    } else source += escapeRegExp(char);
  }
  return source;
}

/** What stands between brackets; a range that runs backwards is of no letter. */
function setSource(set: string): string {
  return set
    .replace(/\[:(\w+):\]/g, (whole, name: string) => CLASSES[name] ?? whole)
    .replace(/(.)-(.)/gs, (range, from: string, to: string) => (from > to ? "" : range))
    .replace(/[\\\]]/g, "\\$&");
}

/** Whether a pattern matches a whole text. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  return new RegExp(`^(?:${patternSource(pattern)})$`).test(text);
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  space: " \t\n",
  upper: "A-Z",
  lower: "a-z",
};

function escapeRegExp(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
