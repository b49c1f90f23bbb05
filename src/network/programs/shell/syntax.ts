/** A word as it stands in a script: pieces that are joined once they are expanded. */
export type Word = readonly WordPart[];

/** A piece of a word; what is quoted is neither split nor taken for a pattern. */
export type WordPart =
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  | Parameter
  | { readonly kind: "command"; readonly script: Script; readonly quoted: boolean }
  | { readonly kind: "arithmetic"; readonly expression: Word; readonly quoted: boolean };

/** `$NAME`, `${NAME:-word}`, `${#NAME}` and their like. */
export type Parameter = {
  readonly kind: "parameter";
  readonly name: string;
  readonly quoted: boolean;
  /** `:-`, `%%`, `/` …, or `length` for `${#NAME}`. */
  readonly operator?: string;
  readonly operand?: Word;
  /** What `${NAME/pattern/…}` puts in, or the length of `${NAME:from:length}`. */
  readonly second?: Word;
};

/** `2> file`, `>> file`, `< file`, `2>&1`; a here-document is a `<<` whose target is its text. */
export type Redirect = {
  readonly fd: number;
  readonly operator: ">" | ">>" | "<" | ">&" | "<&" | "<<" | "&>";
  readonly target: Word;
};

export type Assignment = { readonly name: string; readonly value: Word; readonly appends: boolean };

export type SimpleCommand = {
  readonly kind: "simple";
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
};
/** A compound command before its redirections are read. */
export type BareCompound =
  | { readonly kind: "group" | "subshell"; readonly body: Script }
  | {
      readonly kind: "if";
      readonly branches: readonly { readonly test: Script; readonly body: Script }[];
      readonly otherwise: Script;
    }
  | { readonly kind: "loop"; readonly test: Script; readonly until: boolean; readonly body: Script }
  | { readonly kind: "for"; readonly name: string; readonly words: readonly Word[] | undefined; readonly body: Script }
  | { readonly kind: "case"; readonly word: Word; readonly items: readonly CaseItem[] };
type CaseItem = { readonly patterns: readonly Word[]; readonly body: Script };
export type CompoundCommand = BareCompound & { readonly redirects: readonly Redirect[] };
export type Command =
  | SimpleCommand
  | CompoundCommand
  | { readonly kind: "function"; readonly name: string; readonly body: Command };

/** Commands joined by `|`. */
export type Pipeline = { readonly commands: readonly Command[]; readonly negated: boolean };
/** Pipelines joined by `&&` and `||`; behind `&` they run by themselves. */
export type AndOr = {
  readonly steps: readonly { readonly when: "always" | "&&" | "||"; readonly pipeline: Pipeline }[];
  readonly background: boolean;
};
export type Script = readonly AndOr[];

/** What is wrong with a script, in ash's words. Thrown while one is read, and caught at the door of its reader. */
export class SyntaxProblem extends Error {}
