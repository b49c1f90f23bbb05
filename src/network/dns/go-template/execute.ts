import { goText } from "./format.ts";
import { BUILTINS } from "./functions.ts";
import {
  type AnyNode,
  type ChainNode,
  type CommandNode,
  type ControlNode,
  type FieldNode,
  type ListNode,
  listText,
  type NumberNode,
  nodeText,
  type Operand,
  type PipeNode,
  type TemplateNode,
  type VariableNode,
} from "./node.ts";
import { parseTemplate, type Tree } from "./parser.ts";
import { goQuoted } from "./quote.ts";
import { type GoFunction, type GoParameter, type GoValue, goBool, goInt, goString, isTrue } from "./value.ts";

/** A compiled template. */
export class GoTemplate {
  readonly #tree: Tree;
  readonly #functions: Readonly<Record<string, GoFunction>>;

  /** Throws an Error in the words of Go's `text/template` when the text is none. */
  constructor(name: string, text: string, functions: Readonly<Record<string, GoFunction>> = {}) {
    this.#functions = { ...BUILTINS, ...functions };
    this.#tree = parseTemplate(name, text, new Set(Object.keys(this.#functions)));
  }

  /** What the template makes of a value; throws an Error in Go's words. */
  execute(data: GoValue): string {
    return new Execution(this.#tree, this.#functions).run(this.#tree.root, data, 0);
  }

  /** The template as Go writes it back. */
  toString(): string {
    return listText(this.#tree.root);
  }
}

/** The value a pipeline hands on to its next command: none at first. */
type Final = readonly [] | readonly [GoValue];
type Variable = { readonly name: string; value: GoValue };

/** How deep templates may call each other here; Go gives up at what its error says. */
const DEPTH_MAX = 500;
/** Lists walked and characters written until an execution is given up: Go would go on, but here a whole world waits for it. */
const LISTS_MAX = 1_000_000;
const WRITTEN_MAX = 1 << 24;

class Execution {
  readonly #tree: Tree;
  readonly #functions: Readonly<Record<string, GoFunction>>;
  #variables: Variable[] = [];
  #name: string;
  /** The node an error is told of. */
  #node: AnyNode | undefined;
  #out = "";
  #lists = 0;

  constructor(tree: Tree, functions: Readonly<Record<string, GoFunction>>) {
    this.#tree = tree;
    this.#name = tree.name;
    this.#functions = functions;
  }

  run(list: ListNode, data: GoValue, depth: number): string {
    this.#variables = [{ name: "$", value: data }];
    this.#walkList(data, list, depth);
    return this.#out;
  }

  /** Goes through a list; `break` and `continue` end it early. */
  #walkList(dot: GoValue, list: ListNode, depth: number): "break" | "continue" | undefined {
    if (++this.#lists > LISTS_MAX || this.#out.length > WRITTEN_MAX)
      throw this.#error("the template does not come to an end");
    for (const node of list) {
      const left = this.#walk(dot, node, depth);
      if (left !== undefined) return left;
    }
    return undefined;
  }

  #walk(dot: GoValue, node: TemplateNode, depth: number): "break" | "continue" | undefined {
    this.#node = node;
    switch (node.kind) {
      case "text":
        this.#out += node.text;
        return undefined;
      case "action": {
        const value = this.#pipeline(dot, node.pipe);
        if (node.pipe.declared.length === 0)
          this.#out += goText(value, "<no value>").replace(/^&/, value?.kind === "struct" ? "" : "&");
        return undefined;
      }
      case "break":
      case "continue":
        return node.kind;
      case "range":
        return this.#range(dot, node, depth);
      case "if":
      case "with": {
        const mark = this.#variables.length;
        const value = this.#pipeline(dot, node.pipe);
        const list = isTrue(value) ? node.list : (node.otherwise ?? []);
        const left = this.#walkList(node.kind === "with" && isTrue(value) ? value : dot, list, depth);
        this.#variables.length = mark;
        return left;
      }
      case "template":
        this.#call(dot, node, depth);
        return undefined;
    }
  }

  #range(dot: GoValue, node: ControlNode, depth: number): "break" | "continue" | undefined {
    const mark = this.#variables.length;
    const value = this.#pipeline(dot, node.pipe);
    const inner = this.#variables.length;
    let isEmpty = true;
    for (const [index, item] of this.#itemsOf(value, node.pipe)) {
      isEmpty = false;
      this.#setLoop(node.pipe, index, item);
      const left = this.#walkList(item, node.list, depth);
      this.#variables.length = inner;
      if (left === "break") break;
    }
    const left = isEmpty ? this.#walkList(dot, node.otherwise ?? [], depth) : undefined;
    this.#variables.length = mark;
    return left;
  }

  *#itemsOf(value: GoValue, { declared }: PipeNode): Generator<readonly [index: GoValue, item: GoValue]> {
    switch (value?.kind) {
      case undefined:
        return;
      case "slice":
        for (const [index, item] of value.items.entries()) yield [goInt(index), item];
        return;
      case "map":
        for (const key of [...value.entries.keys()].sort()) yield [goString(key), value.entries.get(key)];
        return;
      case "int":
      case "uint":
        if (declared.length > 1) throw this.#error(`can't use ${goText(value)} to iterate over more than one variable`);
        for (let index = 0n; index < value.value; index++) yield [undefined, { ...value, value: index }];
        return;
      default:
        throw this.#error(`range can't iterate over ${goText(value)}`);
    }
  }

  /** With two variables the first is the index, with one the item. */
  #setLoop({ declared, assigns }: PipeNode, index: GoValue, item: GoValue): void {
    const values = declared.length > 1 ? [index, item] : [item];
    for (const [at, variable] of declared.entries()) {
      if (assigns) this.#assign(variable, values[at]);
      else (this.#variables[this.#variables.length - declared.length + at] as Variable).value = values[at];
    }
  }

  #call(dot: GoValue, node: Extract<TemplateNode, { readonly kind: "template" }>, depth: number): void {
    const list = this.#tree.defined.get(node.name) ?? (node.name === this.#tree.name ? this.#tree.root : undefined);
    if (list === undefined) throw this.#error(`template ${goQuoted(node.name)} not defined`);
    if (depth === DEPTH_MAX) throw this.#error("exceeded maximum template depth (100000)");
    const data = node.pipe === undefined ? undefined : this.#pipeline(dot, node.pipe);
    const [variables, name] = [this.#variables, this.#name];
    this.#name = node.name;
    this.run(list, data, depth + 1);
    this.#variables = variables;
    this.#name = name;
  }

  #pipeline(dot: GoValue, pipe: PipeNode): GoValue {
    this.#node = pipe;
    let final: Final = [];
    for (const command of pipe.commands) final = [this.#command(dot, command, final)];
    for (const variable of pipe.declared) {
      if (pipe.assigns) this.#assign(variable, final[0]);
      else this.#variables.push({ name: variable.names[0] as string, value: final[0] });
    }
    return final[0];
  }

  #assign({ names }: VariableNode, value: GoValue): void {
    this.#variable(names[0]).value = value;
  }

  #variable(wanted: string | undefined): Variable {
    const variable = this.#variables.findLast(({ name }) => name === wanted);
    if (variable === undefined) throw this.#error(`undefined variable: ${wanted}`);
    return variable;
  }

  #command(dot: GoValue, command: CommandNode, final: Final): GoValue {
    const [first, ...rest] = command.args as readonly [Operand, ...Operand[]];
    switch (first.kind) {
      case "field":
      case "chain":
      case "variable":
        return this.#chain(dot, first, { args: rest, final });
      case "identifier":
        this.#node = first;
        return this.#invoke(dot, this.#functions[first.name] as GoFunction, {
          node: command,
          name: first.name,
          args: rest,
          final,
        });
      case "pipe":
        this.#noArguments(first, rest, final);
        return this.#pipeline(dot, first);
    }
    this.#node = first;
    this.#noArguments(first, rest, final);
    if (first.kind === "nil") throw this.#error("nil is not a command");
    return this.#constant(dot, first);
  }

  #noArguments(first: Operand, rest: readonly Operand[], final: Final): void {
    if (rest.length > 0 || final.length > 0)
      throw this.#error(`can't give argument to non-function ${nodeText(first)}`);
  }

  /** `.a.b`, `$x.a` or `(…).a`, the last of them perhaps a method with arguments. */
  #chain(
    dot: GoValue,
    node: FieldNode | VariableNode | ChainNode,
    { args, final }: { readonly args: readonly Operand[]; readonly final: Final },
  ): GoValue {
    this.#node = node;
    let names = node.names;
    let receiver = dot;
    if (node.kind === "variable") {
      receiver = this.#variable(names[0]).value;
      names = names.slice(1);
      if (names.length === 0) this.#noArguments(node, args, final);
    } else if (node.kind === "chain") {
      if (node.of.kind === "nil") throw this.#error(`indirection through explicit nil in ${nodeText(node)}`);
      receiver = this.#argument(dot, "any", node.of);
    }
    for (const [index, name] of names.entries()) {
      const isLast = index === names.length - 1;
      receiver = this.#field(dot, receiver, { node, name, args: isLast ? args : [], final: isLast ? final : [] });
    }
    return receiver;
  }

  #field(dot: GoValue, receiver: GoValue, call: Call): GoValue {
    if (receiver === undefined) return undefined;
    const { name, args, final } = call;
    const hasArgs = args.length > 0 || final.length > 0;
    if (receiver.kind === "struct") {
      const method = receiver.methods?.[name];
      if (method !== undefined) return this.#invoke(dot, method, call);
      if (receiver.hidden?.includes(name) === true)
        throw this.#error(`${name} is an unexported field of struct type ${receiver.type}`);
      if (name in receiver.fields) {
        if (hasArgs) throw this.#error(`${name} has arguments but cannot be invoked as function`);
        return receiver.fields[name];
      }
    }
    if (receiver.kind === "map") {
      if (hasArgs) throw this.#error(`${name} is not a method but has arguments`);
      return receiver.entries.get(name);
    }
    throw this.#error(`can't evaluate field ${name} in type ${receiver.type}`);
  }

  #invoke(dot: GoValue, called: GoFunction, { node, name, args, final }: Call): GoValue {
    const { parameters, rest } = called;
    const given = args.length + final.length;
    if (rest !== undefined && given < parameters.length)
      throw this.#error(`wrong number of args for ${name}: want at least ${parameters.length} got ${args.length}`);
    if (rest === undefined && given !== parameters.length)
      throw this.#error(`wrong number of args for ${name}: want ${parameters.length} got ${given}`);
    const isChoice = called === BUILTINS.and || called === BUILTINS.or;
    if (isChoice) {
      for (const [index, arg] of args.entries()) {
        const value = this.#argument(dot, "any", arg);
        if (isTrue(value) === (name === "or") || (final.length === 0 && index === args.length - 1)) return value;
      }
      return final[0];
    }
    const parameter = (at: number): GoParameter => parameters[at] ?? (rest as GoParameter);
    const values = args.map((arg, index) => this.#argument(dot, parameter(index), arg));
    if (final.length > 0) values.push(this.#validated(final[0], parameter(args.length)));
    try {
      return called.call(values);
    } catch (error) {
      this.#node = node;
      const callee = name === "call" ? ` ${args[0] === undefined ? goText(final[0]) : nodeText(args[0])}` : "";
      throw this.#error(
        `error calling ${name}: ${(error as Error).message.replace("non-function", `non-function${callee}`)}`,
      );
    }
  }

  #argument(dot: GoValue, type: GoParameter, node: Operand): GoValue {
    this.#node = node;
    switch (node.kind) {
      case "dot":
        return this.#validated(dot, type);
      case "nil":
        if (type === "any") return undefined;
        throw this.#error(`cannot assign nil to ${type}`);
      case "field":
      case "variable":
      case "chain":
        return this.#validated(this.#chain(dot, node, { args: [], final: [] }), type);
      case "pipe":
        return this.#validated(this.#pipeline(dot, node), type);
      case "identifier": {
        const called = this.#functions[node.name] as GoFunction;
        return this.#validated(this.#invoke(dot, called, { node, name: node.name, args: [], final: [] }), type);
      }
    }
    if (type === "string" && node.kind !== "string") throw this.#error(`expected string; found ${nodeText(node)}`);
    if (type === "int") {
      if (node.kind !== "number" || node.int === undefined)
        throw this.#error(`expected integer; found ${nodeText(node)}`);
      return goInt(node.int);
    }
    return this.#constant(dot, node);
  }

  #validated(value: GoValue, type: GoParameter): GoValue {
    if (type === "any" || value?.type === type) return value;
    if (value === undefined) throw this.#error(`invalid value; expected ${type}`);
    throw this.#error(`wrong type for value; expected ${type}; got ${value.type}`);
  }

  #constant(dot: GoValue, node: Operand): GoValue {
    switch (node.kind) {
      case "bool":
        return goBool(node.value);
      case "string":
        return goString(node.text);
      case "number":
        return this.#number(node);
      default:
        return dot;
    }
  }

  /** A number's type follows from how it is written. */
  #number(node: NumberNode): GoValue {
    this.#node = node;
    const { text, int, float } = node;
    const isFloat = /[.eEpP]/.test(text) && !/^[+-]?0[xX]/.test(text) && !text.startsWith("'");
    if (isFloat || int === undefined) return { kind: "float", type: "float64", value: float as number };
    if (int >= 2n ** 63n) throw this.#error(`${text} overflows int`);
    return goInt(int);
  }

  #error(text: string): Error {
    const node = this.#node;
    if (node === undefined) return new Error(`template: ${this.#name}: ${text}`);
    const before = this.#tree.text.slice(0, node.at);
    const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1));
    const place = `${this.#tree.name}:${before.split("\n").length}:${column}`;
    return new Error(`template: ${place}: executing ${goQuoted(this.#name)} at <${nodeText(node)}>: ${text}`);
  }
}

type Call = {
  readonly node: AnyNode;
  readonly name: string;
  readonly args: readonly Operand[];
  readonly final: Final;
};
