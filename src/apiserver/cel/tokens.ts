import { CONTROL_ESCAPES } from "../../std/index.ts";
import type { CelIssue } from "./issue.ts";

type TokenKind = "identifier" | "escaped" | "keyword" | "int" | "uint" | "double" | "string" | "bytes" | "mark" | "end";

/** A token of an expression; `text` is as written. */
export type Token = { readonly kind: TokenKind; readonly text: string; readonly at: number; readonly end: number };

const SPACE = /(?:[\t \r\n\f]+|\/\/[^\n]*)*/y;
const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ["double", /(?:\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.\d+(?:[eE][-+]?\d+)?)/y],
  ["uint", /(?:0x[0-9a-fA-F]+|\d+)[uU]/y],
  ["int", /(?:0x[0-9a-fA-F]+|\d+)/y],
  ["identifier", /[A-Za-z_]\w*/y],
  ["escaped", /`[\w./ -]+`/y],
  ["mark", /(?:==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%])/y],
];
const KEYWORDS: ReadonlySet<string> = new Set(["true", "false", "null", "in"]);
/** Words of the language and those it keeps for itself: nothing can be called so. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...KEYWORDS,
  ..."as break const continue else for function if import let loop package namespace return var void while".split(" "),
]);
const STRING_START = /(?:[bB][rR]?|[rR][bB]?)?(?:"""|'''|"|')/y;
const ESCAPE = /\\(?:[abfnrtv"'\\?`]|[0-3][0-7]{2}|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y;

/** Splits an expression into tokens, the end included; what is none goes to `issues`, in ANTLR's words. */
export function tokenize(text: string, issues: CelIssue[]): readonly Token[] {
  const tokens: Token[] = [];
  let at = matched(SPACE, text, 0)?.length ?? 0;
  while (at < text.length) {
    const token = stringAt(text, at) ?? plainAt(text, at);
    if ("end" in token) tokens.push(token);
    else issues.push({ at, message: `Syntax error: token recognition error at: '${token.refused}'` });
    at = "end" in token ? token.end : at + token.refused.length;
    at += matched(SPACE, text, at)?.length ?? 0;
  }
  tokens.push({ kind: "end", text: "<EOF>", at: text.length, end: text.length });
  return tokens;
}

type Refused = { readonly refused: string };

function plainAt(text: string, at: number): Token | Refused {
  for (const [kind, pattern] of PATTERNS) {
    const found = matched(pattern, text, at);
    if (found === undefined) continue;
    const isKeyword = kind === "identifier" && KEYWORDS.has(found);
    return { kind: isKeyword ? "keyword" : kind, text: found, at, end: at + found.length };
  }
  // A start of `==`, `&&` or `||` is given up with what follows it.
  const width = /[=&|]/.test(text[at] ?? "") ? 2 : (String.fromCodePoint(text.codePointAt(at) ?? 0).length ?? 1);
  return { refused: text.slice(at, at + width) };
}

function stringAt(text: string, start: number): Token | Refused | undefined {
  const opening = matched(STRING_START, text, start);
  if (opening === undefined) return undefined;
  const [, prefix = "", quotes = ""] = /^([a-zA-Z]*)(.+)$/.exec(opening) ?? [];
  const isRaw = /r/i.test(prefix);
  let at = start + opening.length;
  while (at < text.length) {
    if (text.startsWith(quotes, at)) {
      const end = at + quotes.length;
      return { kind: /b/i.test(prefix) ? "bytes" : "string", text: text.slice(start, end), at: start, end };
    }
    const isBroken = quotes.length === 1 && /[\r\n]/.test(text[at] ?? "");
    const escape = !isRaw && text[at] === "\\" ? (matched(ESCAPE, text, at) ?? "") : undefined;
    if (isBroken || escape === "") return { refused: text.slice(start, refusedUpTo(text, at)) };
    at += escape?.length ?? 1;
  }
  return { refused: text.slice(start) };
}

/** The end of an escape that is none, with the first character that does not fit. */
function refusedUpTo(text: string, at: number): number {
  const partial = /^\\(?:[xXuU][0-9a-fA-F]*|[0-3][0-7]?)?/.exec(text.slice(at));
  return at + (partial?.[0].length ?? 0) + 1;
}

function matched(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** What a token of text or bytes stands for. */
export function contentOf({ kind, text }: Token): string | Uint8Array {
  const [, prefix = "", quotes = ""] = /^([a-zA-Z]*)("""|'''|"|')/.exec(text) ?? [];
  const body = text.slice(prefix.length + quotes.length, -quotes.length);
  const isRaw = /r/i.test(prefix);
  if (kind === "string") return isRaw ? body : body.replace(new RegExp(ESCAPE.source, "g"), unescapeText);
  if (isRaw) return new TextEncoder().encode(body);
  const parts = body.split(new RegExp(`(${ESCAPE.source})`)).map((part) => {
    const code = /^\\(?:[xX]([0-9a-fA-F]{2})|([0-3][0-7]{2}))$/.exec(part);
    if (code === null) return Buffer.from(part.startsWith("\\") ? unescapeText(part) : part);
    return Buffer.from([code[1] === undefined ? Number.parseInt(code[2] ?? "", 8) : Number.parseInt(code[1], 16)]);
  });
  return new Uint8Array(Buffer.concat(parts));
}

function unescapeText(escape: string): string {
  const kind = escape[1] ?? "";
  if (/[xXuU]/.test(kind)) return String.fromCodePoint(Number.parseInt(escape.slice(2), 16));
  if (/[0-3]/.test(kind)) return String.fromCodePoint(Number.parseInt(escape.slice(1), 8));
  return CONTROL_ESCAPES[kind] ?? kind;
}
