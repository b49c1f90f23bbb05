import { goQuoted } from "./quote.ts";

/** Where a node begins in its text, in UTF-16 units. */
type At = { readonly at: number };

export type NumberNode = At & {
  readonly kind: "number";
  readonly text: string;
  /** Its value as each type it can be. */
  readonly int: bigint | undefined;
  readonly float: number | undefined;
};
/** What a command or an argument begins with. */
export type Operand =
  | (At & { readonly kind: "dot" | "nil" })
  | (At & { readonly kind: "bool"; readonly value: boolean })
  | (At & { readonly kind: "string"; readonly quoted: string; readonly text: string })
  | NumberNode
  | (At & { readonly kind: "identifier"; readonly name: string })
  | FieldNode
  | VariableNode
  | ChainNode
  | PipeNode;
export type FieldNode = At & { readonly kind: "field"; readonly names: readonly string[] };
export type VariableNode = At & { readonly kind: "variable"; readonly names: readonly string[] };
export type ChainNode = At & { readonly kind: "chain"; readonly of: Operand; readonly names: readonly string[] };
export type CommandNode = At & { readonly kind: "command"; readonly args: readonly Operand[] };
export type PipeNode = At & {
  readonly kind: "pipe";
  readonly declared: readonly VariableNode[];
  readonly assigns: boolean;
  readonly commands: readonly CommandNode[];
};
export type ListNode = readonly TemplateNode[];
export type ControlNode = At & {
  readonly kind: "if" | "range" | "with";
  readonly pipe: PipeNode;
  readonly list: ListNode;
  readonly otherwise: ListNode | undefined;
};
export type CallNode = At & { readonly kind: "template"; readonly name: string; readonly pipe: PipeNode | undefined };
export type TemplateNode =
  | (At & { readonly kind: "text"; readonly text: string })
  | (At & { readonly kind: "action"; readonly pipe: PipeNode })
  | (At & { readonly kind: "break" | "continue" })
  | ControlNode
  | CallNode;
export type AnyNode = TemplateNode | Operand | CommandNode;

/** A node as Go writes it back. */
export function nodeText(node: AnyNode): string {
  switch (node.kind) {
    case "text":
    case "number":
      return node.text;
    case "action":
      return `{{${nodeText(node.pipe)}}}`;
    case "break":
    case "continue":
      return `{{${node.kind}}}`;
    case "if":
    case "range":
    case "with": {
      const otherwise = node.otherwise === undefined ? "" : `{{else}}${listText(node.otherwise)}`;
      return `{{${node.kind} ${nodeText(node.pipe)}}}${listText(node.list)}${otherwise}{{end}}`;
    }
    case "template":
      return `{{template ${goQuoted(node.name)}${node.pipe === undefined ? "" : ` ${nodeText(node.pipe)}`}}}`;
    case "pipe":
      return pipeText(node);
    case "command":
      return node.args.map((arg) => (arg.kind === "pipe" ? `(${nodeText(arg)})` : nodeText(arg))).join(" ");
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "bool":
      return String(node.value);
    case "string":
      return node.quoted;
    case "identifier":
      return node.name;
    case "field":
      return node.names.map((name) => `.${name}`).join("");
    case "variable":
      return node.names.join(".");
    case "chain": {
      const of = node.of.kind === "pipe" ? `(${nodeText(node.of)})` : nodeText(node.of);
      return of + node.names.map((name) => `.${name}`).join("");
    }
  }
}

export function listText(list: ListNode): string {
  return list.map(nodeText).join("");
}

function pipeText({ declared, assigns, commands }: PipeNode): string {
  const names = declared.map(nodeText).join(", ");
  return `${names === "" ? "" : `${names} ${assigns ? "=" : ":="} `}${commands.map(nodeText).join(" | ")}`;
}
