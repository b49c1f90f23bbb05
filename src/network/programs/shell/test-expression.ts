import type { FileSystem } from "../program.ts";

/** Works out `test` and `[ … ]`; a text says what is wrong with the expression. */
export function testHolds(args: readonly string[], files: FileSystem): boolean | string {
  const reader = { args, at: 0 };
  if (args.length === 0) return false;
  const value = either(reader, files);
  if (typeof value === "string") return value;
  return reader.at < args.length ? `${args[reader.at]}: unexpected operator` : value;
}

type Reader = { readonly args: readonly string[]; at: number };
type Result = boolean | string;

function either(reader: Reader, files: FileSystem): Result {
  let value = both(reader, files);
  while (reader.args[reader.at] === "-o") {
    reader.at++;
    const right = both(reader, files);
    if (typeof value === "string") return value;
    value = typeof right === "string" ? right : value || right;
  }
  return value;
}

function both(reader: Reader, files: FileSystem): Result {
  let value = negated(reader, files);
  while (reader.args[reader.at] === "-a") {
    reader.at++;
    const right = negated(reader, files);
    if (typeof value === "string") return value;
    value = typeof right === "string" ? right : value && right;
  }
  return value;
}

function negated(reader: Reader, files: FileSystem): Result {
  const { args } = reader;
  const left = args.length - reader.at;
  if (args[reader.at] === "!" && left > 1 && !BINARY.has(args[reader.at + 1] ?? "")) {
    reader.at++;
    const value = negated(reader, files);
    return typeof value === "string" ? value : !value;
  }
  if (args[reader.at] === "(" && left > 2) {
    reader.at++;
    const value = either(reader, files);
    if (args[reader.at++] !== ")") return "closing paren expected";
    return value;
  }
  return primary(reader, files);
}

const BINARY = new Set(["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"]);

function primary(reader: Reader, files: FileSystem): Result {
  const { args, at } = reader;
  const [first = "", second, third] = args.slice(at, at + 3);
  if (second !== undefined && BINARY.has(second) && third !== undefined) {
    reader.at += 3;
    return compare(first, second, third);
  }
  if (/^-[a-zA-Z]$/.test(first) && second !== undefined) {
    reader.at += 2;
    return unary(first, second, files);
  }
  reader.at++;
  return first !== "";
}

function unary(operator: string, text: string, files: FileSystem): Result {
  switch (operator) {
    case "-z":
      return text === "";
    case "-n":
      return text !== "";
    case "-e":
      return files.read(text) !== undefined || files.isDirectory(text);
    case "-d":
      return files.isDirectory(text);
    case "-f":
    case "-r":
    case "-w":
      return files.read(text) !== undefined || (operator !== "-f" && files.isDirectory(text));
    case "-x":
      return files.isDirectory(text) || /^\/(?:usr\/)?(?:local\/)?s?bin\//.test(text);
    case "-s":
      return (files.read(text) ?? "") !== "";
    case "-t":
    case "-h":
    case "-L":
    case "-p":
    case "-S":
      return false;
    default:
      return `${operator}: unknown operand`;
  }
}

function compare(left: string, operator: string, right: string): Result {
  switch (operator) {
    case "=":
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "-nt":
    case "-ot":
    case "-ef":
      return false;
  }
  const bad = [left, right].find((text) => !/^\s*[+-]?\d+\s*$/.test(text));
  if (bad !== undefined) return `${bad}: bad number`;
  const difference = Number(left) - Number(right);
  switch (operator) {
    case "-eq":
      return difference === 0;
    case "-ne":
      return difference !== 0;
    case "-lt":
      return difference < 0;
    case "-le":
      return difference <= 0;
    case "-gt":
      return difference > 0;
    default:
      return difference >= 0;
  }
}
