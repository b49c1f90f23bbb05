import { type Item, type ItemType, lex } from "./lexer.ts";
import {
  type CallNode,
  type CommandNode,
  type ControlNode,
  type ListNode,
  nodeText,
  type Operand,
  type PipeNode,
  type TemplateNode,
  type VariableNode,
} from "./node.ts";
import { numberNode } from "./number.ts";
import { goQuoted, unquote } from "./quote.ts";

/** A parsed text: its own list, and the templates it defines. */
export type Tree = {
  readonly name: string;
  readonly text: string;
  readonly root: ListNode;
  readonly defined: ReadonlyMap<string, ListNode>;
};

type Control = ControlNode["kind"];
type End = { readonly kind: "end" | "else" };

const OPERANDS: ReadonlySet<ItemType> = new Set<ItemType>([
  "bool",
  "charConstant",
  "complex",
  "dot",
  "field",
  "identifier",
  "number",
  "rawString",
  "string",
  "variable",
  "leftParen",
]);
const LITERALS: ReadonlySet<string> = new Set(["bool", "dot", "nil", "number", "string"]);

/** Reads a template (Go's `text/template/parse`); throws an Error in Go's words. */
export function parseTemplate(name: string, text: string, functions: ReadonlySet<string>): Tree {
  const parser = new Parser(name, lex(text), functions);
  const root = parser.template();
  return { name, text, root, defined: parser.defined };
}

class Parser {
  readonly defined = new Map<string, ListNode>();
  readonly #name: string;
  readonly #items: readonly Item[];
  readonly #functions: ReadonlySet<string>;
  #at = 0;
  /** How far was looked, which is the line errors show. */
  #farthest = 0;
  #actionLine = 0;
  #variables = ["$"];
  #rangeDepth = 0;

  constructor(name: string, items: readonly Item[], functions: ReadonlySet<string>) {
    this.#name = name;
    this.#items = items;
    this.#functions = functions;
  }

  template(): ListNode {
    const list: TemplateNode[] = [];
    while (this.#peek().type !== "eof") {
      if (this.#defines()) continue;
      const node = this.#textOrAction();
      if (isEnd(node)) throw this.#error(`unexpected {{${node.kind}}}`);
      list.push(node);
    }
    return list;
  }

  /** Reads `{{define "name"}} … {{end}}`, if it stands here. */
  #defines(): boolean {
    if (this.#peek().type !== "leftDelim") return false;
    const start = this.#at++;
    if (!this.#isKeyword(this.#peekNonSpace(), "define")) {
      this.#at = start;
      return false;
    }
    this.#at++;
    const name = this.#unquoted(this.#expect(["string", "rawString"], "define clause"));
    this.#expect(["rightDelim"], "define clause");
    this.#body(name, "define clause");
    return true;
  }

  /** A template's own text, up to its end; nothing of what is around it counts in it. */
  #body(name: string, context: string): void {
    const [variables, depth, line] = [this.#variables, this.#rangeDepth, this.#actionLine];
    this.#variables = ["$"];
    this.#rangeDepth = 0;
    this.#actionLine = 0;
    const { list, end } = this.#itemList();
    if (end.kind !== "end") throw this.#error(`unexpected {{${end.kind}}} in ${context}`);
    this.#variables = variables;
    this.#rangeDepth = depth;
    this.#actionLine = line;
    const known = this.defined.get(name);
    if (known === undefined || isBlank(known)) this.defined.set(name, list);
    else if (!isBlank(list)) throw this.#error(`template: multiple definition of template ${goQuoted(name)}`);
  }

  #itemList(): { readonly list: ListNode; readonly end: End } {
    const list: TemplateNode[] = [];
    while (this.#peekNonSpace().type !== "eof") {
      const node = this.#textOrAction();
      if (isEnd(node)) return { list, end: node };
      list.push(node);
    }
    throw this.#error("unexpected EOF");
  }

  #textOrAction(): TemplateNode | End {
    const item = this.#nextNonSpace();
    if (item.type === "text") return { kind: "text", at: item.at, text: item.text };
    if (item.type !== "leftDelim") throw this.#unexpected(item, "input");
    this.#actionLine = item.line;
    const node = this.#action();
    this.#actionLine = 0;
    return node;
  }

  #action(): TemplateNode | End {
    const start = this.#at;
    const item = this.#nextNonSpace();
    if (item.type === "keyword")
      switch (item.text) {
        case "block":
          return this.#block();
        case "break":
        case "continue":
          return this.#loopControl(item.text, item.at);
        case "else":
          return this.#otherwise();
        case "end":
          this.#expect(["rightDelim"], "end");
          return { kind: "end" };
        case "if":
        case "range":
        case "with":
          return this.#control(item.text);
        case "template":
          return this.#call();
      }
    this.#at = start;
    const { at } = this.#peekNonSpace();
    return { kind: "action", at, pipe: this.#pipeline("command", "rightDelim") };
  }

  #loopControl(kind: "break" | "continue", at: number): TemplateNode {
    const item = this.#nextNonSpace();
    if (item.type !== "rightDelim") throw this.#unexpected(item, `{{${kind}}}`);
    if (this.#rangeDepth === 0) throw this.#error(`{{${kind}}} outside {{range}}`);
    return { kind, at };
  }

  /** `{{else if …}}` is read as `{{else}}{{if …`: what comes next is left for whoever reads the rest. */
  #otherwise(): End {
    const next = this.#peekNonSpace();
    if (!this.#isKeyword(next, "if") && !this.#isKeyword(next, "with")) this.#expect(["rightDelim"], "else");
    return { kind: "else" };
  }

  #control(kind: Control): ControlNode {
    const variables = this.#variables.length;
    const pipe = this.#pipeline(kind, "rightDelim");
    if (kind === "range") this.#rangeDepth++;
    const { list, end } = this.#itemList();
    if (kind === "range") this.#rangeDepth--;
    const otherwise = end.kind === "end" ? undefined : this.#elseList(kind);
    this.#variables.length = variables;
    return { kind, at: pipe.at, pipe, list, otherwise };
  }

  #elseList(kind: Control): ListNode {
    if (kind !== "range" && this.#isKeyword(this.#peek(), kind)) {
      this.#next();
      return [this.#control(kind)];
    }
    const { list, end } = this.#itemList();
    if (end.kind !== "end") throw this.#error(`expected end; found {{${end.kind}}}`);
    return list;
  }

  #block(): CallNode {
    const item = this.#expect(["string", "rawString"], "block clause");
    const name = this.#unquoted(item);
    const pipe = this.#pipeline("block clause", "rightDelim");
    this.#body(name, "block clause");
    return { kind: "template", at: item.at, name, pipe };
  }

  #call(): CallNode {
    const item = this.#expect(["string", "rawString"], "template clause");
    const name = this.#unquoted(item);
    const start = this.#at;
    if (this.#nextNonSpace().type === "rightDelim") return { kind: "template", at: item.at, name, pipe: undefined };
    this.#at = start;
    return { kind: "template", at: item.at, name, pipe: this.#pipeline("template clause", "rightDelim") };
  }

  #pipeline(context: string, end: "rightDelim" | "rightParen"): PipeNode {
    const { at } = this.#peekNonSpace();
    const { declared, assigns } = this.#declarations(context);
    const commands: CommandNode[] = [];
    for (;;) {
      const start = this.#at;
      const item = this.#nextNonSpace();
      if (item.type === end) break;
      if (!OPERANDS.has(item.type) && !this.#isKeyword(item, "nil")) throw this.#unexpected(item, context);
      this.#at = start;
      commands.push(this.#command());
    }
    if (commands.length === 0) throw this.#error(`missing value for ${context}`);
    for (const [index, { args }] of commands.entries())
      if (index > 0 && LITERALS.has(args[0]?.kind ?? ""))
        throw this.#error(`non executable command in pipeline stage ${index + 1}`);
    return { kind: "pipe", at, declared, assigns, commands };
  }

  /** `$x := `, `$x = `, and in a range `$i, $x := `. */
  #declarations(context: string): { readonly declared: readonly VariableNode[]; readonly assigns: boolean } {
    const declared: VariableNode[] = [];
    for (;;) {
      const start = this.#at;
      const variable = this.#peekNonSpace();
      if (variable.type !== "variable") return { declared, assigns: false };
      this.#next();
      const next = this.#peekNonSpace();
      const isComma = next.type === "char" && next.text === ",";
      if (!isComma && next.type !== "assign" && next.type !== "declare") {
        this.#at = start;
        return { declared, assigns: false };
      }
      this.#next();
      declared.push({ kind: "variable", at: variable.at, names: variable.text.split(".") });
      this.#variables.push(variable.text);
      if (!isComma) return { declared, assigns: next.type === "assign" };
      if (context !== "range" || declared.length > 1) throw this.#error(`too many declarations in ${context}`);
      if (!["variable", "rightDelim", "rightParen"].includes(this.#peekNonSpace().type))
        throw this.#error("range can only initialize variables");
    }
  }

  #command(): CommandNode {
    const { at } = this.#peekNonSpace();
    const args: Operand[] = [];
    for (;;) {
      this.#peekNonSpace();
      const operand = this.#operand();
      if (operand !== undefined) args.push(operand);
      const item = this.#next();
      if (item.type === "space") continue;
      if (item.type === "rightDelim" || item.type === "rightParen") this.#at--;
      else if (item.type !== "pipe") throw this.#unexpected(item, "operand");
      break;
    }
    if (args.length === 0) throw this.#error("empty command");
    return { kind: "command", at, args };
  }

  #operand(): Operand | undefined {
    const of = this.#term();
    if (of === undefined || this.#peek().type !== "field") return of;
    const { at } = this.#peek();
    const names: string[] = [];
    while (this.#peek().type === "field") names.push(this.#next().text.slice(1));
    if (of.kind === "field" || of.kind === "variable") return { ...of, at, names: [...of.names, ...names] };
    if (LITERALS.has(of.kind)) throw this.#error(`unexpected . after term ${goQuoted(nodeText(of))}`);
    return { kind: "chain", at, of, names };
  }

  #term(): Operand | undefined {
    const start = this.#at;
    const item = this.#nextNonSpace();
    const { at, text } = item;
    switch (item.type) {
      case "identifier":
        if (!this.#functions.has(text)) throw this.#error(`function ${goQuoted(text)} not defined`);
        return { kind: "identifier", at, name: text };
      case "dot":
        return { kind: "dot", at };
      case "variable":
        if (!this.#variables.includes(text)) throw this.#error(`undefined variable ${goQuoted(text)}`);
        return { kind: "variable", at, names: [text] };
      case "field":
        return { kind: "field", at, names: [text.slice(1)] };
      case "bool":
        return { kind: "bool", at, value: text === "true" };
      case "charConstant":
      case "complex":
      case "number": {
        const number = numberNode(at, text);
        if (typeof number === "string") throw this.#error(number);
        return number;
      }
      case "leftParen":
        return this.#pipeline("parenthesized pipeline", "rightParen");
      case "string":
      case "rawString":
        return { kind: "string", at, quoted: text, text: this.#unquoted(item) };
    }
    if (this.#isKeyword(item, "nil")) return { kind: "nil", at };
    this.#at = start;
    return undefined;
  }

  #unquoted({ text }: Item): string {
    const unquoted = unquote(text);
    if (unquoted === undefined) throw this.#error("invalid syntax");
    return unquoted;
  }

  #isKeyword(item: Item, word: string): boolean {
    return item.type === "keyword" && item.text === word;
  }

  #expect(types: readonly ItemType[], context: string): Item {
    const item = this.#nextNonSpace();
    if (!types.includes(item.type)) throw this.#unexpected(item, context);
    return item;
  }

  #peek(): Item {
    this.#farthest = Math.max(this.#farthest, Math.min(this.#at, this.#items.length - 1));
    return (this.#items[this.#at] ?? this.#items.at(-1)) as Item;
  }

  #next(): Item {
    const item = this.#peek();
    this.#at++;
    return item;
  }

  #peekNonSpace(): Item {
    while (this.#peek().type === "space") this.#at++;
    return this.#peek();
  }

  #nextNonSpace(): Item {
    this.#peekNonSpace();
    return this.#next();
  }

  #unexpected(item: Item, context: string): Error {
    if (item.type !== "error") return this.#error(`unexpected ${itemText(item)} in ${context}`);
    if (this.#actionLine === 0 || this.#actionLine === item.line) return this.#error(item.text);
    const started = `started at ${this.#name}:${this.#actionLine}`;
    return this.#error(`${item.text}${item.text.endsWith(" action") ? "" : " in action"} ${started}`);
  }

  #error(text: string): Error {
    return new Error(`template: ${this.#name}:${this.#items[this.#farthest]?.line ?? 1}: ${text}`);
  }
}

function isEnd(node: TemplateNode | End): node is End {
  return node.kind === "end" || node.kind === "else";
}

/** Whether a list may be defined again: it says nothing. */
function isBlank(list: ListNode): boolean {
  return list.every((node) => node.kind === "text" && node.text.trim() === "");
}

function itemText({ type, text }: Item): string {
  if (type === "eof") return "EOF";
  if (type === "keyword" || type === "dot") return `<${text}>`;
  return [...text].length > 10 ? `${goQuoted([...text].slice(0, 10).join(""))}...` : goQuoted(text);
}
