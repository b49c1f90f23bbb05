import { evaluate } from "./arithmetic.ts";
import { expandParameter } from "./parameters.ts";
import { escapePattern, isPattern, type Pattern, patternSource } from "./patterns.ts";
import { forEachInTurn } from "./repeat.ts";
import type { Shell } from "./state.ts";
import type { Script, Word, WordPart } from "./syntax.ts";

/** A field in the making: its text, the same as a pattern, and whether it stands even when it is empty. */
type Field = { text: string; pattern: Pattern; kept: boolean };
/** What is called with the result; with `undefined` when expansion failed and was reported. */
type Got<T> = (result: T | undefined) => void;

/** Expands words into the arguments of a command: variables, commands, arithmetic; then splitting and file names. */
export function expandWords(shell: Shell, words: readonly Word[], done: Got<readonly string[]>): void {
  const all: string[] = [];
  let failed = false;
  forEachInTurn(
    words,
    (word, next) => {
      if (failed) {
        next();
        return;
      }
      expandFields(shell, word, { splits: true }, (fields) => {
        if (fields === undefined) failed = true;
        else for (const field of fields) all.push(...fileNames(shell, field));
        next();
      });
    },
    () => done(failed ? undefined : all),
  );
}

/** Expands a word that stays one: the value of an assignment, the target of a redirection. */
export function expandText(shell: Shell, word: Word, done: Got<string>): void {
  expandFields(shell, word, { splits: false }, (fields) => done(fields?.map(({ text }) => text).join(" ")));
}

/** Expands a word into a pattern: what was quoted stands for itself. */
export function expandPattern(shell: Shell, word: Word, done: Got<Pattern>): void {
  expandFields(shell, word, { splits: false }, (fields) => done(fields?.map(({ pattern }) => pattern).join(" ")));
}

function expandFields(shell: Shell, word: Word, how: { readonly splits: boolean }, done: Got<readonly Field[]>): void {
  const fields: Field[] = [];
  let open: Field | undefined;
  let failed = false;
  const add = (text: string, quoted: boolean): void => {
    open ??= { text: "", pattern: "", kept: false };
    open.text += text;
    open.pattern += quoted ? escapePattern(text) : text;
    open.kept ||= quoted;
  };
  const close = (): void => {
    if (open !== undefined && (open.kept || open.text !== "")) fields.push(open);
    open = undefined;
  };
  const addSplit = (text: string): void => {
    const separators = shell.variables.get("IFS") ?? " \t\n";
    for (const piece of text.match(splitter(separators)) ?? [])
      if (separators.includes(piece[0] as string)) close();
      else add(piece, false);
  };
  const put = (part: WordPart, value: Value | undefined): void => {
    if (value === undefined) failed = true;
    else if (typeof value === "string") {
      if (part.kind === "text" || part.quoted || !how.splits) add(value, part.quoted);
      else addSplit(value);
    } else
      for (const [index, one] of value.entries()) {
        if (index > 0) close();
        if (part.quoted) add(one, true);
        else addSplit(one);
      }
  };
  forEachInTurn(
    word.map((part, index) => tilde(shell, part, index)),
    (part, next) => {
      if (failed) next();
      else
        expandPart(shell, part, how, (value) => {
          put(part, value);
          next();
        });
    },
    () => {
      close();
      done(failed ? undefined : !how.splits && fields.length === 0 ? [{ text: "", pattern: "", kept: true }] : fields);
    },
  );
}

/** One text, or several that stay apart (`"$@"`). */
type Value = string | readonly string[];

function expandPart(shell: Shell, part: WordPart, how: { readonly splits: boolean }, done: Got<Value>): void {
  switch (part.kind) {
    case "text":
      done(part.text);
      return;
    case "parameter":
      if (part.name === "@" && part.operator === undefined && how.splits) done(shell.positional);
      else expandParameter(shell, part, { text: expandText, pattern: expandPattern }, done);
      return;
    case "command":
      substitute(shell, part.script, done);
      return;
    case "arithmetic":
      expandText(shell, part.expression, (text) => done(text === undefined ? undefined : calculate(shell, text)));
  }
}

/** The output of commands, without the line ends behind it. */
function substitute(shell: Shell, script: Script, done: Got<string>): void {
  let text = "";
  const inner = shell.fork();
  const stdout = (piece: string): void => {
    text += piece;
  };
  const output = { ...shell.streams.output, stdout };
  inner.run(script, { ...shell.streams, output }, () => {
    shell.code = inner.code;
    done(text.replace(/\n+$/, ""));
  });
}

function calculate(shell: Shell, expression: string): string | undefined {
  const value = evaluate(expression, {
    get: (name) => Number(shell.parameter(name) ?? 0) || 0,
    set: (name, number) => void shell.assign(name, String(number)),
  });
  if (typeof value === "number") return String(value);
  shell.fail(`${value}`);
  return undefined;
}

function tilde(shell: Shell, part: WordPart, index: number): WordPart {
  if (index > 0 || part.kind !== "text" || part.quoted || !/^~(?=\/|$)/.test(part.text)) return part;
  return { ...part, text: `${shell.variables.get("HOME") ?? "/root"}${part.text.slice(1)}` };
}

/** Runs of separators, and what stands between them. */
function splitter(separators: string): RegExp {
  const set = separators.replace(/[\\\]^-]/g, "\\$&");
  return set === "" ? /[\s\S]+/g : new RegExp(`[${set}]+|[^${set}]+`, "g");
}

/** The files a pattern matches, sorted; the word itself when there are none. */
function fileNames(shell: Shell, { text, pattern }: Field): readonly string[] {
  if (!isPattern(pattern)) return [text];
  const { files } = shell.process;
  const absolute = pattern.startsWith("/");
  const base = shell.directory === "/" ? "" : shell.directory;
  const expression = new RegExp(`^${patternSource(absolute ? pattern : `${escapePattern(base)}/${pattern}`, true)}$`);
  const literal = (absolute ? pattern : `${base}/${pattern}`).replace(/\/[^/]*[*?[].*$/, "");
  const found = new Set<string>();
  for (const path of files.list(literal === "" ? "/" : literal)) {
    // Directories are what files are in.
    const labels = path.split("/");
    for (let end = 2; end <= labels.length; end++) {
      const at = labels.slice(0, end).join("/");
      if (expression.test(at)) found.add(absolute ? at : at.slice(base.length + 1));
    }
  }
  const names = [...found].filter((name) => !name.split("/").some((label) => label.startsWith("."))).sort();
  return names.length === 0 ? [text] : names;
}
