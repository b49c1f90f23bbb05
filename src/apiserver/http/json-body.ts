import { isUtf8 } from "node:buffer";
import { statusErrors } from "../../apimachinery/index.ts";
import { duplicateFields } from "./duplicate-fields.ts";

/** Go's decoder gives up at 10,000 levels; what objects are made of needs a few dozen. */
const DEPTH_MAX = 1000;

/** The value of a body, and the paths of fields it states more than once; the last statement holds. */
export type ParsedBody = { readonly value: unknown; readonly duplicates: readonly string[] };

/** Parses a body of JSON; throws the 400 of one that is not UTF-8, not JSON, or nested beyond reason. */
export function parseJsonBody(body: Uint8Array): ParsedBody {
  if (body.length === 0) throw statusErrors.badRequest("unexpected end of JSON input: the request has no body");
  if (!isUtf8(body))
    throw statusErrors.badRequest("couldn't get version/kind; json parse error: the body is not valid UTF-8");
  const members = countMembers(body);
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw statusErrors.badRequest(`couldn't get version/kind; json parse error: ${why}`);
  }
  // Looking for what is stated twice is slow; that there is something to find shows in the count.
  return { value, duplicates: members === membersOf(value) ? [] : duplicateFields(text) };
}

/** Rejects a value, however it was written, whose nesting would exhaust the stack of whoever walks it later. */
export function checkDepth(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) throw tooDeep();
    level = level.flatMap((parent) => (typeof parent === "object" && parent !== null ? Object.values(parent) : []));
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The members of all objects in the text; rejects nesting that would exhaust a stack. */
function countMembers(body: Uint8Array): number {
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
      if (++depth > DEPTH_MAX) throw tooDeep();
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

function tooDeep(): Error {
  return statusErrors.badRequest("json parse error: exceeded max depth");
}
