import {
  type AndOr,
  type Assignment,
  type BareCompound,
  type Command,
  type Pipeline,
  type Redirect,
  type Script,
  SyntaxProblem,
  type Word,
} from "./syntax.ts";
import { type HereDocument, Tokens, unexpected } from "./tokens.ts";
import type { Read, ReadScript } from "./word-reader.ts";

/** Reads a shell script; a text says what is wrong with it. */
export function parseScript(text: string): Script | string {
  try {
    const tokens = new Tokens(text, 0, readScript);
    const script = parseList(tokens, []);
    if (tokens.peek().kind !== "end") throw unexpected(tokens.peek());
    return script;
  } catch (error) {
    if (error instanceof SyntaxProblem) return `syntax error: ${error.message}`;
    throw error;
  }
}

/** `$( … )`: up to the parenthesis that closes it. */
const readScript: ReadScript = (text, at): Read<Script> => {
  const tokens = new Tokens(text, at, readScript);
  const script = parseList(tokens, [")"]);
  if (tokens.peekOperator() !== ")") throw unexpected(tokens.peek(), ")");
  tokens.take();
  return { value: script, next: tokens.at };
};

const SEPARATORS = new Set([";", "\n", "&"]);
const REDIRECTS = new Set([">", ">>", "<", ">&", "<&", "<<", "<<-", "<<<", "&>", ">|"]);
/** Words that end a list where a command could begin. */
const CLOSING = new Set(["then", "else", "elif", "fi", "do", "done", "esac", "}"]);

/** Commands up to an operator or reserved word of `ends`. */
function parseList(tokens: Tokens, ends: readonly string[]): Script {
  const script: AndOr[] = [];
  for (;;) {
    while (tokens.peekOperator() === ";" || tokens.peekOperator() === "\n") {
      // What a separator parts must be there.
      if (tokens.peekOperator() === ";") throw unexpected(tokens.peek());
      tokens.take();
    }
    if (tokens.peek().kind === "end" || atEnd(tokens, ends)) return script;
    const steps = parseAndOr(tokens);
    const separator = tokens.peekOperator();
    script.push({ steps, background: separator === "&" });
    if (separator !== undefined && SEPARATORS.has(separator)) tokens.take();
    else if (tokens.peek().kind !== "end" && !atEnd(tokens, ends)) throw unexpected(tokens.peek());
  }
}

/** Commands, one at least. */
function parseSome(tokens: Tokens, ends: readonly string[]): Script {
  const script = parseList(tokens, ends);
  if (script.length === 0) throw unexpected(tokens.peek());
  return script;
}

function atEnd(tokens: Tokens, ends: readonly string[]): boolean {
  const operator = tokens.peekOperator();
  if (operator !== undefined) return ends.includes(operator) || operator === ")" || operator === ";;";
  const word = tokens.peekPlain();
  return word !== undefined && (ends.includes(word) || CLOSING.has(word));
}

function parseAndOr(tokens: Tokens): AndOr["steps"] {
  const steps: AndOr["steps"][number][] = [{ when: "always", pipeline: parsePipeline(tokens) }];
  for (;;) {
    const operator = tokens.peekOperator();
    if (operator !== "&&" && operator !== "||") return steps;
    tokens.take();
    skipLines(tokens);
    steps.push({ when: operator, pipeline: parsePipeline(tokens) });
  }
}

function parsePipeline(tokens: Tokens): Pipeline {
  const negated = tokens.peekPlain() === "!";
  if (negated) tokens.take();
  const commands = [parseCommand(tokens)];
  while (tokens.peekOperator() === "|") {
    tokens.take();
    skipLines(tokens);
    commands.push(parseCommand(tokens));
  }
  return { commands, negated };
}

function parseCommand(tokens: Tokens): Command {
  const compound = parseCompound(tokens);
  if (compound === undefined) return parseSimple(tokens);
  const redirects: Redirect[] = [];
  while (isRedirect(tokens)) redirects.push(parseRedirect(tokens));
  return { ...compound, redirects };
}

function parseCompound(tokens: Tokens): BareCompound | undefined {
  if (tokens.peekOperator() === "(") {
    tokens.take();
    const body = parseList(tokens, [")"]);
    expectOperator(tokens, ")");
    return { kind: "subshell", body };
  }
  switch (tokens.peekPlain()) {
    case "{":
      return { kind: "group", body: parseBlock(tokens, "{", "}") };
    case "if":
      return parseIf(tokens);
    case "while":
    case "until": {
      const until = tokens.peekPlain() === "until";
      tokens.take();
      const test = parseSome(tokens, ["do"]);
      return { kind: "loop", test, until, body: parseBlock(tokens, "do", "done") };
    }
    case "for":
      return parseFor(tokens);
    case "case":
      return parseCase(tokens);
    default:
      return undefined;
  }
}

function parseIf(tokens: Tokens): BareCompound {
  const branches: { test: Script; body: Script }[] = [];
  do {
    tokens.take();
    const test = parseSome(tokens, ["then"]);
    expectWord(tokens, "then");
    branches.push({ test, body: parseSome(tokens, ["elif", "else", "fi"]) });
  } while (tokens.peekPlain() === "elif");
  let otherwise: Script = [];
  if (tokens.peekPlain() === "else") {
    tokens.take();
    otherwise = parseList(tokens, ["fi"]);
  }
  expectWord(tokens, "fi");
  return { kind: "if", branches, otherwise };
}

function parseFor(tokens: Tokens): BareCompound {
  tokens.take();
  const name = tokens.peekPlain();
  if (name === undefined || !/^[A-Za-z_]\w*$/.test(name)) throw unexpected(tokens.peek());
  tokens.take();
  skipLines(tokens);
  let words: Word[] | undefined;
  if (tokens.peekPlain() === "in") {
    tokens.take();
    words = [];
    for (let token = tokens.peek(); token.kind === "word"; token = tokens.peek()) {
      words.push(token.word);
      tokens.take();
    }
  }
  if (tokens.peekOperator() === ";") tokens.take();
  skipLines(tokens);
  return { kind: "for", name, words, body: parseBlock(tokens, "do", "done") };
}

function parseCase(tokens: Tokens): BareCompound {
  tokens.take();
  const token = tokens.take();
  if (token.kind !== "word") throw unexpected(token);
  skipLines(tokens);
  expectWord(tokens, "in");
  skipLines(tokens);
  const items: { patterns: Word[]; body: Script }[] = [];
  while (tokens.peekPlain() !== "esac") {
    if (tokens.peekOperator() === "(") tokens.take();
    const patterns: Word[] = [];
    for (;;) {
      const pattern = tokens.take();
      if (pattern.kind !== "word") throw unexpected(pattern, "esac");
      patterns.push(pattern.word);
      if (tokens.peekOperator() !== "|") break;
      tokens.take();
    }
    expectOperator(tokens, ")");
    items.push({ patterns, body: parseList(tokens, [";;", "esac"]) });
    if (tokens.peekOperator() === ";;") tokens.take();
    skipLines(tokens);
  }
  expectWord(tokens, "esac");
  return { kind: "case", word: token.word, items };
}

const ASSIGNMENT = /^([A-Za-z_]\w*)(\+?)=/;

function parseSimple(tokens: Tokens): Command {
  const assignments: Assignment[] = [];
  const words: Word[] = [];
  const redirects: Redirect[] = [];
  for (;;) {
    const token = tokens.peek();
    if (isRedirect(tokens)) redirects.push(parseRedirect(tokens));
    else if (token.kind === "word") {
      tokens.take();
      const assignment = words.length === 0 ? assignmentOf(token.word) : undefined;
      if (assignment === undefined) words.push(token.word);
      else assignments.push(assignment);
    } else if (tokens.peekOperator() === "(" && words.length === 1 && assignments.length + redirects.length === 0)
      return parseFunction(tokens, words[0] as Word);
    else break;
  }
  if (words.length + assignments.length + redirects.length === 0) throw unexpected(tokens.peek());
  return { kind: "simple", assignments, words, redirects };
}

function parseFunction(tokens: Tokens, [part]: Word): Command {
  expectOperator(tokens, "(");
  expectOperator(tokens, ")");
  skipLines(tokens);
  if (part?.kind !== "text") throw new SyntaxProblem("bad function name");
  return { kind: "function", name: part.text, body: parseCommand(tokens) };
}

function assignmentOf(word: Word): Assignment | undefined {
  const [first, ...rest] = word;
  if (first?.kind !== "text" || first.quoted) return undefined;
  const match = ASSIGNMENT.exec(first.text);
  if (match === null) return undefined;
  const text = first.text.slice(match[0].length);
  const value: Word = text === "" ? rest : [{ ...first, text }, ...rest];
  return { name: match[1] as string, value, appends: match[2] === "+" };
}

function isRedirect(tokens: Tokens): boolean {
  const operator = tokens.peekOperator();
  return operator !== undefined && REDIRECTS.has(operator);
}

function parseRedirect(tokens: Tokens): Redirect {
  const token = tokens.take();
  if (token.kind !== "operator") throw unexpected(token);
  const target = tokens.take();
  if (target.kind !== "word") throw unexpected(target);
  const fd = token.fd ?? (token.text.startsWith("<") ? 0 : 1);
  if (token.text === "<<" || token.text === "<<-") return hereDocument(tokens, fd, target.word, token.text === "<<-");
  if (token.text === "<<<")
    return { fd, operator: "<<", target: [...target.word, { kind: "text", text: "\n", quoted: true }] };
  const operator = token.text === ">|" ? ">" : (token.text as Redirect["operator"]);
  return { fd, operator, target: target.word };
}

function hereDocument(tokens: Tokens, fd: number, word: Word, stripsTabs: boolean): Redirect {
  const delimiter = word.map((part) => (part.kind === "text" ? part.text : "")).join("");
  const quoted = word.some((part) => part.kind === "text" && part.quoted);
  const document: HereDocument = { delimiter, stripsTabs, quoted, text: [] };
  tokens.expect(document);
  return {
    fd,
    operator: "<<",
    // Known once the line is read to its end.
    get target() {
      return document.text;
    },
  };
}

function parseBlock(tokens: Tokens, open: string, close: string): Script {
  expectWord(tokens, open);
  const script = parseSome(tokens, [close]);
  expectWord(tokens, close);
  return script;
}

function skipLines(tokens: Tokens): void {
  while (tokens.peekOperator() === "\n") tokens.take();
}

function expectWord(tokens: Tokens, word: string): void {
  if (tokens.peekPlain() !== word) throw unexpected(tokens.peek(), word);
  tokens.take();
}

function expectOperator(tokens: Tokens, operator: string): void {
  if (tokens.peekOperator() !== operator) throw unexpected(tokens.peek(), operator);
  tokens.take();
}
