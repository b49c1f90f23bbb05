import { compileGoPattern, type GoPattern } from "../../../apimachinery/index.ts";
import { ConfigError } from "../corefile/config-error.ts";
import { type DnsQuestion, isNamedType, rcodeNumber } from "../message.ts";
import { lowerName, zoneName } from "../zone-names.ts";
import { type EdnsRule, ednsRule } from "./rewrite-edns.ts";

/** What is done to an answer on its way back. */
export type AnswerRule =
  | { readonly kind: "name" | "value"; readonly rewrite: (text: string) => string }
  /** An alias whose target is to be another: what the new one has takes the place of what the old one had. */
  | { readonly kind: "cname"; readonly target: (target: string) => string | undefined }
  | { readonly kind: "ttl"; readonly least: number; readonly most: number }
  | { readonly kind: "rcode"; readonly from: (code: number) => boolean; readonly to: number };

type Applied = { readonly question: DnsQuestion; readonly answerRules: readonly AnswerRule[] };

/** What a rule makes of a question, `undefined` when it does not concern it. */
type QuestionRule = (question: DnsQuestion) => Applied | undefined;

/** A rule for the question or for an option of its EDNS, and whether it is the last one when it was followed. */
export type RewriteRule = { readonly stops: boolean } & (
  | { readonly apply: QuestionRule }
  | { readonly option: EdnsRule }
);

type Match = "exact" | "prefix" | "suffix" | "substring" | "regex";
const MATCHES: readonly Match[] = ["exact", "prefix", "suffix", "substring", "regex"];
const CLASSES: Readonly<Record<string, number>> = { IN: 1, CH: 3, HS: 4, ANY: 255 };
const TTL_MAX = 2_147_483_647;

/** Reads the words of one rule. Throws a ConfigError. */
export function ruleOf(words: readonly string[], server: Parameters<typeof ednsRule>[1]): RewriteRule {
  const [first = ""] = words;
  const hasMode = first === "continue" || first === "stop";
  if (words.length === 0) throw new ConfigError("no rule type specified for rewrite");
  const [kind = "", ...args] = hasMode ? words.slice(1) : words;
  const stops = first !== "continue";
  if (kind === "") throw new ConfigError(`${first} rule must begin with a rule type`);
  switch (kind.toLowerCase()) {
    case "name":
      return { stops, apply: nameRule(args) };
    case "type":
      return { stops, apply: typeRule(args) };
    case "class":
      return { stops, apply: classRule(args) };
    case "ttl":
      return { stops, apply: ttlRule(args) };
    case "cname":
      return { stops, apply: cnameRule(args) };
    case "rcode":
      return { stops, apply: rcodeRule(args) };
    case "edns0":
      return { stops, option: ednsRule(args, server) };
    case "answer":
      throw new ConfigError("response rewrites must begin with a name rule");
    default:
      throw new ConfigError(`invalid rule type ${JSON.stringify(first)}`);
  }
}

function nameRule(args: readonly string[]): QuestionRule {
  const plain = args.length === 2;
  if (args.length < 2) throw new ConfigError("too few arguments for a name rule");
  const [word = "exact", from = "", to = "", ...answers] = plain ? ["exact", ...args] : args;
  const match = matchOf(word.toLowerCase());
  const answer = answerRules(match, answers);
  const rename = renamer(match, from, to);
  return (question) => {
    const before = lowerName(question.name);
    const name = rename(before);
    if (name === undefined) return undefined;
    const back: AnswerRule[] = answer.auto || match === "exact" ? backRules(match, { before, name, from, to }) : [];
    return { question: { ...question, name }, answerRules: [...back, ...answer.rules] };
  };
}

function matchOf(word: string): Match {
  const match = MATCHES.find((one) => one === word);
  if (match === undefined)
    throw new ConfigError(
      `name rule supports only exact, prefix, suffix, substring, and regex name matching, received: ${word}`,
    );
  return match;
}

/** What a name in lower case becomes; `undefined` when it does not match. */
function renamer(match: Match, from: string, to: string): (name: string) => string | undefined {
  if (match === "regex") {
    const pattern = patternOf(from);
    const target = zoneName(to);
    return (name) => {
      const groups = pattern.exec(name);
      return groups === undefined ? undefined : filled(target, groups.parts);
    };
  }
  // Every part is taken as a whole name, as upstream does: a prefix must end at a dot.
  const [source, target] = [zoneName(from), zoneName(to)];
  switch (match) {
    case "exact":
      return (name) => (name === source ? target : undefined);
    case "prefix":
      return (name) => (name.startsWith(source) ? target + name.slice(source.length) : undefined);
    case "suffix":
      return (name) => (name.endsWith(source) ? name.slice(0, -source.length) + target : undefined);
    case "substring":
      return (name) => (name.includes(source) ? name.replaceAll(source, target) : undefined);
  }
}

/** What leads names of the answer back to the one that was asked. */
function backRules(
  match: Match,
  names: { readonly before: string; readonly name: string; readonly from: string; readonly to: string },
): AnswerRule[] {
  const { before, name } = names;
  const [source, target] = [zoneName(names.from), zoneName(names.to)];
  const rewrite =
    match === "suffix"
      ? (text: string) => (text.endsWith(target) ? text.slice(0, text.length - target.length) + source : text)
      : (text: string) =>
          text === name ? before : text.endsWith(`.${name}`) ? text.slice(0, -name.length) + before : text;
  return [
    { kind: "name", rewrite },
    { kind: "value", rewrite },
  ];
}

function answerRules(match: Match, args: readonly string[]): { readonly auto: boolean; readonly rules: AnswerRule[] } {
  const rules: AnswerRule[] = [];
  let auto = false;
  let at = 0;
  if (args.length === 1) throw new ConfigError(`invalid arguments for ${match} rule`);
  while (at < args.length) {
    if (args[at] === "answer") at++;
    else if (at === 0)
      throw new ConfigError(`exceeded the number of arguments for a non-answer rule argument for ${match} rule`);
    const kind = args[at++];
    if (kind === undefined) throw new ConfigError(`type missing for answer rule for ${match} rule`);
    if (kind === "auto") auto = true;
    else if (kind === "name" || kind === "value") {
      const [from, to] = [args[at], args[at + 1]];
      if (from === undefined || to === undefined)
        throw new ConfigError(`${kind} answer rule for ${match} rule: 2 arguments required`);
      const [pattern, target] = [patternOf(from), zoneName(to)];
      rules.push({ kind, rewrite: (text) => replaced(pattern, target, text) });
      at += 2;
    } else throw new ConfigError(`invalid type ${JSON.stringify(kind)} for answer rule for ${match} rule`);
  }
  if (auto && rules.some(({ kind }) => kind === "name"))
    throw new ConfigError("auto name answer rule cannot be combined with explicit name anwer rules");
  return { auto, rules };
}

function replaced(pattern: GoPattern, target: string, text: string): string {
  const groups = pattern.exec(text);
  return groups === undefined ? text : filled(target, groups.parts);
}

/** `{1}` stands for the first group. */
function filled(target: string, groups: readonly string[]): string {
  return target.replace(/\{(\d+)\}/g, (whole, index: string) => groups[Number(index)] ?? whole);
}

function patternOf(text: string): GoPattern {
  const pattern = compileGoPattern(text);
  if (pattern === undefined) throw new ConfigError(`invalid regex matching pattern: ${text}`);
  return pattern;
}

function typeRule(args: readonly string[]): QuestionRule {
  const [from = "", to = ""] = twoArguments("type", args).map((word) => word.toUpperCase());
  for (const word of [from, to]) if (!isNamedType(word)) throw new ConfigError(`invalid type ${JSON.stringify(word)}`);
  return (question) => (question.type === from ? { question: { ...question, type: to }, answerRules: [] } : undefined);
}

function classRule(args: readonly string[]): QuestionRule {
  const [from = 0, to = 0] = twoArguments("class", args).map((word) => {
    const number = CLASSES[word.toUpperCase()];
    if (number === undefined) throw new ConfigError(`invalid class ${JSON.stringify(word.toUpperCase())}`);
    return number;
  });
  return (question) =>
    question.class === from ? { question: { ...question, class: to }, answerRules: [] } : undefined;
}

/** `cname [MATCH] TARGET OTHER`: only an exact target is taken as a whole name. */
function cnameRule(args: readonly string[]): QuestionRule {
  if (args.length !== 2 && args.length !== 3)
    throw new ConfigError(`too few (${args.length}) arguments for a cname rule`);
  const [word = "", from = "", to = ""] = (args.length === 2 ? ["exact", ...args] : args).map(lower);
  const match = MATCHES.find((one) => one === word);
  if (match === undefined) throw new ConfigError(`unknown cname rewrite type: ${word}`);
  const target = match === "exact" ? renamer(match, from, to) : replacer(match, from, to);
  return (question) => ({ question, answerRules: [{ kind: "cname", target }] });
}

const lower = (word: string): string => word.toLowerCase();

/** As {@link renamer}, of parts that are no whole names. */
function replacer(match: Exclude<Match, "exact">, from: string, to: string): (text: string) => string | undefined {
  if (match === "regex") {
    const pattern = patternOf(from);
    return (text) => {
      const groups = pattern.exec(text);
      return groups === undefined ? undefined : filled(to, groups.parts);
    };
  }
  if (match === "prefix") return (text) => (text.startsWith(from) ? to + text.slice(from.length) : undefined);
  if (match === "suffix")
    return (text) => (text.endsWith(from) ? text.slice(0, text.length - from.length) + to : undefined);
  return (text) => (text.includes(from) ? text.replaceAll(from, to) : undefined);
}

/** `ttl [MATCH] NAME SECONDS`, the seconds as `60`, `30-60`, `30-` or `-60`. */
function ttlRule(args: readonly string[]): QuestionRule {
  if (args.length < 2) throw new ConfigError(`too few (${args.length}) arguments for a ttl rule`);
  const [word = "exact", name = "", seconds = ""] = args.length === 2 ? ["exact", ...args] : args;
  const parts = /^(\d*)(-?)(\d*)$/.exec(seconds);
  if (parts === null || seconds === "" || seconds === "-" || parts.some((part) => Number(part) > TTL_MAX))
    throw new ConfigError(`invalid TTL '${seconds}' for a ttl rule`);
  const [, low = "", dash = "", high = ""] = parts;
  const least = low === "" ? 0 : Number(low);
  const most = dash === "" ? least : high === "" ? TTL_MAX : Number(high);
  const concerns = matcher(matchOf(word.toLowerCase()), name);
  return (question) =>
    concerns(lowerName(question.name)) ? { question, answerRules: [{ kind: "ttl", least, most }] } : undefined;
}

/** `rcode [MATCH] NAME FROM TO`. */
function rcodeRule(args: readonly string[]): QuestionRule {
  if (args.length < 3) throw new ConfigError(`too few (${args.length}) arguments for a rcode rule`);
  const [word = "exact", name = "", from = "", to = ""] = args.length === 3 ? ["exact", ...args] : args;
  const source = codeOf("matching", from);
  const target = codeOf("replacement", to);
  const concerns = matcher(matchOf(word.toLowerCase()), name);
  const rule: AnswerRule = { kind: "rcode", from: (code) => code === source, to: target };
  return (question) => (concerns(lowerName(question.name)) ? { question, answerRules: [rule] } : undefined);
}

function matcher(match: Match, text: string): (name: string) => boolean {
  if (match === "regex") {
    const pattern = patternOf(text);
    return (name) => pattern.test(name);
  }
  const wanted = zoneName(text);
  if (match === "exact") return (name) => name === wanted;
  if (match === "prefix") return (name) => name.startsWith(wanted);
  if (match === "suffix") return (name) => name.endsWith(wanted);
  return (name) => name.includes(wanted);
}

function codeOf(what: string, word: string): number {
  const code = rcodeNumber(word) ?? (/^\d+$/.test(word) ? Number(word) : undefined);
  if (code === undefined) throw new ConfigError(`invalid ${what} RCODE '${word}' for a rcode rule`);
  return code;
}

function twoArguments(kind: string, args: readonly string[]): readonly string[] {
  if (args.length !== 2) throw new ConfigError(`${kind} rules must have exactly two arguments`);
  return args;
}
