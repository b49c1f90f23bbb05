import { CONTROL_ESCAPES } from "../std/index.ts";
import { type StatusError, statusErrors } from "./status-error.ts";

/** One step of a path. */
export type PathNode =
  | { readonly kind: "root" }
  | { readonly kind: "current" }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "wildcard" }
  | { readonly kind: "recursive" }
  | { readonly kind: "union"; readonly parts: readonly (readonly PathNode[])[] }
  | {
      readonly kind: "slice";
      readonly start?: number;
      readonly end?: number;
      readonly step?: number;
    }
  | { readonly kind: "index"; readonly index: number }
  | {
      readonly kind: "filter";
      readonly left: Operand;
      readonly operator?: FilterOperator;
      readonly right?: Operand;
    }
  | { readonly kind: "literal"; readonly value: string | number | boolean };

export type FilterOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** One side of a filter: a path from `@` or `$`, or a literal. */
export type Operand = readonly PathNode[];

/** One part of a template. */
export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "path"; readonly path: readonly PathNode[] }
  | {
      readonly kind: "range";
      readonly path: readonly PathNode[];
      readonly body: readonly TemplateNode[];
    };

/** Reads a template of `k8s.io/client-go/util/jsonpath`: text with paths, quoted text and ranges in braces. Throws 400 when it is none. */
export function parseJsonPathTemplate(template: string): readonly TemplateNode[] {
  const root: TemplateNode[] = [];
  const open: {
    readonly path: readonly PathNode[];
    readonly body: TemplateNode[];
  }[] = [];
  const add = (node: TemplateNode): void => void (open.at(-1)?.body ?? root).push(node);
  for (const part of splitTemplate(template)) {
    if (!part.braced) {
      add({ kind: "text", text: part.text });
      continue;
    }
    const action = part.text.trim();
    if (action === "end") {
      const range = open.pop();
      if (range === undefined) throw bad("not in range, nothing to end");
      add({ kind: "range", path: range.path, body: range.body });
    } else if (/^range\s/.test(action)) open.push({ path: parsePath(action.slice("range".length)), body: [] });
    else add(parseAction(action));
  }
  if (open.length > 0) throw bad("unterminated range, expected {end}");
  return root;
}

type Part = { readonly braced: boolean; readonly text: string };

/** Splits at braces; a brace within quotes within braces is text. */
function splitTemplate(template: string): Part[] {
  const parts: Part[] = [];
  let position = 0;
  while (position < template.length) {
    const brace = template.indexOf("{", position);
    const end = brace < 0 ? template.length : brace;
    if (end > position) parts.push({ braced: false, text: template.slice(position, end) });
    if (brace < 0) break;
    const close = closingBrace(template, brace + 1);
    parts.push({ braced: true, text: template.slice(brace + 1, close) });
    position = close + 1;
  }
  return parts;
}

function closingBrace(template: string, from: number): number {
  let quote = "";
  for (let index = from; index < template.length; index++) {
    const char = template[index] as string;
    if (char === "\\") index++;
    else if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === "}") return index;
  }
  throw bad("unclosed action");
}

function parseAction(action: string): TemplateNode {
  if (/^(['"]).*\1$/s.test(action)) return { kind: "text", text: unquote(action) };
  return { kind: "path", path: parsePath(action) };
}

function parsePath(text: string): readonly PathNode[] {
  return new PathReader(text.trim()).read();
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, (_, char: string) => CONTROL_ESCAPES[char] ?? char);
}

/** Reads steps off a path, left to right. */
class PathReader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): readonly PathNode[] {
    const nodes: PathNode[] = [];
    while (this.#position < this.#text.length) {
      const node = this.#step();
      if (node !== undefined) nodes.push(node);
    }
    return nodes;
  }

  #step(): PathNode | undefined {
    const char = this.#text[this.#position] as string;
    if (char === "$" || char === "@") {
      this.#position++;
      return { kind: char === "$" ? "root" : "current" };
    }
    if (char === "[") return parseBracket(this.#bracket());
    if (char === ".") {
      if (this.#text[this.#position + 1] === ".") {
        this.#position += 2;
        return { kind: "recursive" };
      }
      this.#position++;
      return undefined;
    }
    if (char === "*") {
      this.#position++;
      return { kind: "wildcard" };
    }
    if (/\s/.test(char)) {
      this.#position++;
      return undefined;
    }
    return { kind: "field", name: this.#fieldName() };
  }

  /** A field name up to the next step; a backslash takes the next character as it is (`annotations.example\.com/x`). */
  #fieldName(): string {
    let name = "";
    for (; this.#position < this.#text.length; this.#position++) {
      const char = this.#text[this.#position] as string;
      if (char === "\\") name += this.#text[++this.#position] ?? "";
      else if (/[\s.[\]$@{}*]/.test(char)) break;
      else name += char;
    }
    if (name === "") throw bad(`unexpected character '${this.#text[this.#position] ?? ""}' in path '${this.#text}'`);
    return name;
  }

  /** The content of the bracket at hand; brackets within it and within quotes are its own. */
  #bracket(): string {
    const start = this.#position + 1;
    let depth = 0;
    let quote = "";
    for (let index = start; index < this.#text.length; index++) {
      const char = this.#text[index] as string;
      if (char === "\\") index++;
      else if (quote !== "") quote = char === quote ? "" : quote;
      else if (char === '"' || char === "'") quote = char;
      else if (char === "[") depth++;
      else if (char === "]" && depth-- === 0) {
        this.#position = index + 1;
        return this.#text.slice(start, index).trim();
      }
    }
    throw bad("unterminated array");
  }
}

function parseBracket(content: string): PathNode {
  if (content === "*") return { kind: "wildcard" };
  if (content.startsWith("?(") && content.endsWith(")")) return parseFilter(content.slice(2, -1).trim());
  const parts = splitOutsideQuotes(content);
  if (parts.length > 1)
    return {
      kind: "union",
      parts: parts.map((part) => [parseSubscript(part.trim())]),
    };
  return parseSubscript(content);
}

function parseSubscript(text: string): PathNode {
  if (/^(['"]).*\1$/s.test(text)) return { kind: "field", name: unquote(text) };
  const slice = /^(-?\d+)?:(-?\d+)?(?::(-?\d+)?)?$/.exec(text);
  if (slice !== null) {
    const [, start, end, step] = slice;
    return {
      kind: "slice",
      ...(start === undefined ? {} : { start: Number(start) }),
      ...(end === undefined ? {} : { end: Number(end) }),
      ...(step === undefined ? {} : { step: Number(step) }),
    };
  }
  if (/^-?\d+$/.test(text)) return { kind: "index", index: Number(text) };
  if (text.startsWith("@") || text.startsWith(".") || text.startsWith("$"))
    return { kind: "union", parts: [parsePath(text)] };
  throw bad(`invalid array index ${text}`);
}

const FILTER = /^(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s;

function parseFilter(text: string): PathNode {
  const match = FILTER.exec(text);
  if (match === null) return { kind: "filter", left: parseOperand(text) };
  const [, left = "", operator, right = ""] = match;
  return {
    kind: "filter",
    left: parseOperand(left),
    operator: operator as FilterOperator,
    right: parseOperand(right),
  };
}

function parseOperand(text: string): Operand {
  const trimmed = text.trim();
  if (/^(['"]).*\1$/s.test(trimmed)) return [{ kind: "literal", value: unquote(trimmed) }];
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return [{ kind: "literal", value: Number(trimmed) }];
  if (trimmed === "true" || trimmed === "false") return [{ kind: "literal", value: trimmed === "true" }];
  return parsePath(trimmed);
}

function splitOutsideQuotes(text: string): string[] {
  return text.match(/(?:'(?:\\.|[^'])*'|"(?:\\.|[^"])*"|[^,'"])+/g) ?? [text];
}

function bad(message: string): StatusError {
  return statusErrors.badRequest(message);
}
