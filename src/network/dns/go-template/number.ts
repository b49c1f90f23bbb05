import type { NumberNode } from "./node.ts";
import { goQuoted, unquote } from "./quote.ts";

const INT_MIN = -(2n ** 63n);
const UINT_MAX = 2n ** 64n - 1n;
const INTEGER = /^[+-]?(?:0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?[0-7])*|[1-9](?:_?\d)*)$/;
const FLOAT = /^[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A number as Go's templates read it; a text says what is wrong with it. There are no complex numbers here. */
export function numberNode(at: number, text: string): NumberNode | string {
  if (text.startsWith("'")) {
    const chars = [...(unquote(text) ?? "")];
    if (chars.length !== 1) return `malformed character constant: ${text}`;
    const code = (chars[0] as string).codePointAt(0) as number;
    return { kind: "number", at, text, int: BigInt(code), float: code };
  }
  const int = integerOf(text);
  if (int !== undefined && int >= INT_MIN && int <= UINT_MAX)
    return { kind: "number", at, text, int, float: Number(int) };
  if (!FLOAT.test(text)) return `illegal number syntax: ${goQuoted(text)}`;
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${goQuoted(text)}`;
  const float = Number(text.replaceAll("_", ""));
  return { kind: "number", at, text, int: Number.isSafeInteger(float) ? BigInt(float) : undefined, float };
}

/** A whole number in Go's notation: `12`, `0x1f`, `0b11`, `0o17`, `017`, `1_000`. */
export function integerOf(text: string): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const digits = text.replace(/^[+-]/, "").replaceAll("_", "");
  const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  return text.startsWith("-") ? -value : value;
}
