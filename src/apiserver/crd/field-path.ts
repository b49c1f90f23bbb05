import type { JsonSchema } from "../../apimachinery/index.ts";
import { CONTROL_ESCAPES } from "../../std/index.ts";

/** A path through a schema, as errors write it, and where it leads. */
export type ResolvedPath =
  | { readonly ok: true; readonly path: string; readonly schema: JsonSchema }
  | { readonly ok: false; readonly why: string };

const TOKEN = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/y;

/** Follows `.spec.list['key']` through fields and map values (`cel.ValidFieldPath`); lists have no place in it. */
export function resolveFieldPath(
  jsonPath: string,
  schema: JsonSchema,
  options: { readonly allowsBrackets: boolean } = { allowsBrackets: true },
): ResolvedPath {
  let present = schema;
  let path = "";
  let at = 0;
  while (at < jsonPath.length) {
    if (jsonPath[at] === "[" && !options.allowsBrackets) return { ok: false, why: "array notation is not allowed" };
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(jsonPath);
    if (token === null) return { ok: false, why: whyNoToken(jsonPath, at) };
    at = TOKEN.lastIndex;
    const name =
      token[1] ?? (token[2] ?? "").replace(/\\(.)/g, (_, escape: string) => CONTROL_ESCAPES[escape] ?? escape);
    const { properties, additionalProperties } = present;
    if (properties !== undefined) {
      const next = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (next === undefined) return { ok: false, why: "does not refer to a valid field" };
      path += path === "" ? name : `.${name}`;
      present = next;
    } else if (typeof additionalProperties === "object") {
      path += `[${name}]`;
      present = additionalProperties;
    } else return { ok: false, why: "does not refer to a valid field" };
  }
  return { ok: true, path, schema: present };
}

function whyNoToken(jsonPath: string, at: number): string {
  const rest = jsonPath.slice(at);
  if (rest === "." || rest === "[") return "unexpected end of JSON path";
  const bracketed = /^\[([^\]]*)/.exec(rest);
  if (bracketed !== null) return `expected single quoted string but got ${bracketed[1]}`;
  return `expected [ or . but got: ${/^[^.[\]]*/.exec(rest)?.[0] ?? rest}`;
}
