import { goText, sprint, sprintf } from "./format.ts";
import { type GoFunction, type GoValue, goBool, goInt, goString, goUint, isTrue } from "./value.ts";

type Basic = Extract<NonNullable<GoValue>, { readonly kind: "string" | "bool" | "int" | "uint" | "float" }>;

const ANY_NUMBER = { parameters: [], rest: "any" } as const;
const TWO = { parameters: ["any", "any"] } as const;
const BAD_COMPARISON = "invalid type for comparison";

/** The functions every template has (Go's `text/template`); `and` and `or` are the executor's own. */
export const BUILTINS: Readonly<Record<string, GoFunction>> = {
  and: { parameters: ["any"], rest: "any", call: (args) => args.at(-1) },
  or: { parameters: ["any"], rest: "any", call: (args) => args.at(-1) },
  not: { parameters: ["any"], call: ([value]) => goBool(!isTrue(value)) },
  len: { parameters: ["any"], call: ([value]) => goInt(lengthOf(value)) },
  index: {
    parameters: ["any"],
    rest: "any",
    call: ([item, ...indexes]) => indexes.reduce(indexed, known(item, "index")),
  },
  slice: { parameters: ["any"], rest: "any", call: ([item, ...indexes]) => sliced(item, indexes) },
  print: { ...ANY_NUMBER, call: (args) => goString(sprint(args)) },
  println: { ...ANY_NUMBER, call: (args) => goString(`${args.map((arg) => goText(arg)).join(" ")}\n`) },
  printf: {
    parameters: ["string"],
    rest: "any",
    call: ([format, ...args]) => goString(sprintf(goText(format), args)),
  },
  html: { ...ANY_NUMBER, call: (args) => goString(shown(args).replace(/[\0"'&<>]/g, (char) => HTML[char] as string)) },
  js: { ...ANY_NUMBER, call: (args) => goString(shown(args).replace(/[\\'"<>&=\p{Cc}]/gu, javascript)) },
  urlquery: { ...ANY_NUMBER, call: (args) => goString(urlQuery(shown(args))) },
  call: { parameters: ["any"], rest: "any", call: ([value]) => notCalled(value) },
  eq: { parameters: ["any"], rest: "any", call: ([value, ...others]) => goBool(equalsAny(value, others)) },
  ne: { ...TWO, call: ([left, right]) => goBool(!equalsAny(left, [right])) },
  lt: { ...TWO, call: ([left, right]) => goBool(isLess(left, right)) },
  le: { ...TWO, call: ([left, right]) => goBool(isLess(left, right) || equalsAny(left, [right])) },
  gt: { ...TWO, call: ([left, right]) => goBool(!(isLess(left, right) || equalsAny(left, [right]))) },
  ge: { ...TWO, call: ([left, right]) => goBool(!isLess(left, right)) },
};

/** `parseInt TEXT BASE BITS`: what CoreDNS adds (Go's `strconv.ParseUint`). */
export const PARSE_INT: GoFunction = {
  parameters: ["string", "int", "int"],
  call: ([text, base, bits]) =>
    goUint(parseUnsigned(goText(text), Number(goText(base)), Number(goText(bits))), "uint64"),
};

/** Arguments as they would stand in the text. */
function shown(args: readonly GoValue[]): string {
  return sprint(args.map((arg) => arg ?? goString("<no value>")));
}

const HTML: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function javascript(char: string): string {
  if (char === "\\" || char === "'" || char === '"') return `\\${char}`;
  return `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function urlQuery(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function notCalled(value: GoValue): never {
  if (value === undefined) throw new Error("call of nil");
  throw new Error(`non-function of type ${value.type}`);
}

function known(value: GoValue, verb: "index" | "slice"): NonNullable<GoValue> {
  if (value === undefined) throw new Error(`${verb} of untyped nil`);
  return value;
}

function lengthOf(value: GoValue): number {
  switch (value?.kind) {
    case "string":
      return Buffer.byteLength(value.value);
    case "slice":
      return value.items.length;
    case "map":
      return value.entries.size;
    case undefined:
      throw new Error("reflect: call of reflect.Value.Type on zero Value");
    default:
      throw new Error(`len of type ${value?.type.replace(/^\*/, "")}`);
  }
}

function indexed(item: GoValue, index: GoValue): GoValue {
  switch (item?.kind) {
    case "string":
    case "slice": {
      const length = lengthOf(item);
      const at = indexOf(index, length);
      if (at === length) throw new Error(`reflect: ${item.kind} index out of range`);
      return item.kind === "slice" ? item.items[at] : goUint(Buffer.from(item.value)[at] as number, "uint8");
    }
    case "map":
      if (index === undefined) throw new Error("value is nil; should be of type string");
      if (index.kind !== "string") throw new Error(`value has type ${index.type}; should be string`);
      return item.entries.has(index.value) ? item.entries.get(index.value) : item.zero;
    default:
      throw new Error(`can't index item of type ${item?.type.replace(/^\*/, "")}`);
  }
}

function indexOf(index: GoValue, most: number): number {
  if (index === undefined) throw new Error("cannot index slice/array with nil");
  if (index.kind !== "int" && index.kind !== "uint")
    throw new Error(`cannot index slice/array with type ${index.type}`);
  if (index.value < 0n || index.value > BigInt(most)) throw new Error(`index out of range: ${index.value}`);
  return Number(index.value);
}

function sliced(value: GoValue, indexes: readonly GoValue[]): GoValue {
  const item = known(value, "slice");
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  if (item.kind !== "string" && item.kind !== "slice")
    throw new Error(`can't slice item of type ${item.type.replace(/^\*/, "")}`);
  if (item.kind === "string" && indexes.length === 3) throw new Error("cannot 3-index slice a string");
  const length = lengthOf(item);
  const [from = 0, to = length, cap = length] = indexes.map((index) => indexOf(index, length));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  if (to > cap) throw new Error(`invalid slice index: ${to} > ${cap}`);
  if (item.kind === "slice") return { ...item, items: item.items.slice(from, to) };
  return goString(Buffer.from(item.value).subarray(from, to).toString());
}

function basic(value: GoValue): Basic | undefined {
  return value?.kind === "slice" || value?.kind === "map" || value?.kind === "struct" ? undefined : value;
}

/** Whole numbers are compared whatever their sign's type. */
function areAlike(left: Basic, right: Basic): boolean {
  const kindOf = ({ kind }: Basic): string => (kind === "uint" ? "int" : kind);
  return kindOf(left) === kindOf(right);
}

function equalsAny(value: GoValue, others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new Error("missing argument for comparison");
  return others.some((other) => areEqual(value, other));
}

function areEqual(left: GoValue, right: GoValue): boolean {
  if (left === undefined || right === undefined) return left === right;
  const [one, two] = [basic(left), basic(right)];
  if (one !== undefined && two !== undefined && areAlike(one, two)) return one.value === two.value;
  if (one !== undefined || two !== undefined)
    throw new Error(`incompatible types for comparison: ${left.type} and ${right.type}`);
  if (left.kind !== right.kind)
    throw new Error(`non-comparable types ${goText(left)}: ${left.type}, ${right.type}: ${goText(right)}`);
  if (left.kind === "struct" && right.kind === "struct") return left === right;
  throw new Error(`non-comparable type ${goText(right)}: ${right.type}`);
}

function isLess(left: GoValue, right: GoValue): boolean {
  const [one, two] = [basic(left), basic(right)];
  if (one === undefined || two === undefined) throw new Error(BAD_COMPARISON);
  if (!areAlike(one, two)) throw new Error(`incompatible types for comparison: ${one.type} and ${two.type}`);
  if (one.kind === "bool") throw new Error(BAD_COMPARISON);
  return one.value < two.value;
}

/** Digits in a base up to 36 that fit so many bits; base 0 reads the prefix. */
function parseUnsigned(text: string, base: number, bits: number): bigint {
  const fail = (why: string): never => {
    throw new Error(`strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
  };
  if (text === "") fail("invalid syntax");
  const prefix = base === 0 ? /^0[xXbBoO]?/.exec(text)?.[0] : undefined;
  const radix =
    base !== 0
      ? base
      : ({ x: 16, b: 2, o: 8 }[(prefix ?? "")[1]?.toLowerCase() ?? ""] ?? (prefix === undefined ? 10 : 8));
  if (base < 0 || base === 1 || base > 36) fail(`invalid base ${base}`);
  if (bits < 0 || bits > 64) fail(`invalid bit size ${bits}`);
  const digits = prefix === undefined || text === prefix ? text : text.slice(prefix.length);
  const most = 2n ** BigInt(bits === 0 ? 64 : bits) - 1n;
  let value = 0n;
  for (const char of base === 0 ? digits.replaceAll("_", "") : digits) {
    const digit = Number.parseInt(char, 36);
    if (!(digit < radix)) fail("invalid syntax");
    value = value * BigInt(radix) + BigInt(digit);
  }
  if (value > most) fail("value out of range");
  return value;
}
