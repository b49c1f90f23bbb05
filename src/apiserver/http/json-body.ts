import { isUtf8 } from "node:buffer";
import type { StatusError } from "../../apimachinery/index.ts";
import { duplicateFields } from "./duplicate-fields.ts";
import type { ParsedBody } from "./exchange.ts";
import { DEPTH_MAX, jsonSyntaxError, TOO_DEEP } from "./json-syntax.ts";

/** Parses a body of JSON; throws what `refuse` makes of one that is not UTF-8, not JSON, or nested beyond reason. */
export function parseJsonBody(body: Uint8Array, refuse: (why: string) => StatusError): ParsedBody {
  if (!isUtf8(body)) throw refuse("the body is not valid UTF-8");
  const members = countMembers(body);
  if (members === undefined) throw refuse(TOO_DEEP);
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse(jsonSyntaxError(text) ?? "unexpected end of JSON input");
  }
  // Looking for what is stated twice is slow; that there is something to find shows in the count.
  return { value, strictErrors: members === membersOf(value) ? [] : duplicateFields(text).map(stated) };
}

/** Whether JSON states a member of some object more than once; `value` is what it was read as. */
export function statesTwice(body: Uint8Array, value: unknown): boolean {
  return countMembers(body) !== membersOf(value);
}

function stated(path: string): string {
  return `duplicate field ${JSON.stringify(path)}`;
}

/** Rejects a value, however it was written, whose nesting would exhaust the stack of whoever walks it later. */
export function checkDepth(value: unknown, refuse: (why: string) => StatusError): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) throw refuse(TOO_DEEP);
    level = level.flatMap((parent) => (typeof parent === "object" && parent !== null ? Object.values(parent) : []));
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The members of all objects in the text; `undefined` when they are nested so that it would exhaust a stack. */
function countMembers(body: Uint8Array): number | undefined {
  let depth = 0;
  let members = 0;
  let inText = false;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index] as number;
    if (inText) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === 0x3a) members++;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > DEPTH_MAX) return undefined;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return members;
}

function membersOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) for (const item of value) members += membersOf(item);
  else
    for (const field in value) {
      members++;
      const part: unknown = (value as Readonly<Record<string, unknown>>)[field];
      if (typeof part === "object") members += membersOf(part);
    }
  return members;
}
