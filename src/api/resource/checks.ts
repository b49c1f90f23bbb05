import { dns1123SubdomainErrors } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { csiDriverName } from "../core/volume-validation.ts";
import {
  duplicate,
  eachItem,
  type Findings,
  invalid,
  invalidFor,
  NOTHING,
  required,
  requiredAnd,
  tooLong,
  tooMany,
} from "../validation.ts";
import type { DeviceSelector, Opaque } from "./kinds.ts";

/** Compiles the expression at a path, and says what is wrong with it. */
export type SelectorCheck = (expression: string, path: string) => Findings;

/** How many items lists of the group have at most, unless they are shorter. */
export const LIST_MAX = 32;
const EXPRESSION_MAX = 10 * 1024;
const RAW_MAX = 10 * 1024;
const POOL_NAME_MAX = 253;
const ID_MAX = 32;
const C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";
const identifier = new RegExp(`^${C_IDENTIFIER}$`);
const IDENTIFIER_RULE = `a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '${C_IDENTIFIER}')`;

/** A list of at most so many items; one that is too long is not looked into (`validateSlice`). */
export function listOf<T>(
  items: readonly T[] | undefined,
  { path, most = LIST_MAX }: { readonly path: string; readonly most?: number },
  check: (item: T, at: string) => Findings,
): Findings {
  if (items !== undefined && items.length > most) return [tooMany(path, items.length, most)];
  return eachItem(items, (item, index) => check((item ?? {}) as T, `${path}[${index}]`));
}

/** The same of items that differ by their keys (`validateSet`). */
export function setOf<T>(
  items: readonly T[] | undefined,
  { path, most = LIST_MAX, key }: { readonly path: string; readonly most?: number; readonly key: (item: T) => unknown },
  check: (item: T, at: string) => Findings,
): Findings {
  const found = listOf(items, { path, most }, check);
  if (items === undefined || items.length > most) return found;
  const seen = new Set<string>();
  return [
    ...found,
    ...eachItem(items, (item, index) => {
      const value = key((item ?? {}) as T);
      const text = JSON.stringify(value);
      if (seen.has(text)) return [duplicate(`${path}[${index}]`, value)];
      seen.add(text);
      return NOTHING;
    }),
  ];
}

export function deviceSelectors(
  selectors: readonly DeviceSelector[] | undefined,
  path: string,
  compile: SelectorCheck,
): Findings {
  return listOf(selectors, { path }, ({ cel }, at) => {
    if (cel === undefined) return [required(`${at}.cel`)];
    const { expression = "" } = cel;
    const field = `${at}.cel.expression`;
    return Buffer.byteLength(expression) > EXPRESSION_MAX
      ? [tooLong(field, EXPRESSION_MAX)]
      : compile(expression, field);
  });
}

/** What drivers are told in words of their own. */
export function opaqueConfig(opaque: Opaque | undefined, path: string): Findings {
  if (opaque === undefined) return [required(path)];
  return [...csiDriverName(`${path}.driver`, opaque.driver), ...rawObject(opaque.parameters, `${path}.parameters`)];
}

/** JSON nobody but a driver reads, which is an object. */
export function rawObject(value: unknown, path: string): Findings {
  if (value === undefined) return [required(path)];
  if (Buffer.byteLength(JSON.stringify(value)) > RAW_MAX) return [tooLong(path, RAW_MAX)];
  if (value === null) return [required(path)];
  return isRecord(value) ? NOTHING : [invalid(path, "<value omitted>", "must be a valid JSON object")];
}

/** Names of pools are subdomains with slashes between. */
export function poolName(name: string | undefined, path: string): Findings {
  if (name === undefined || name === "") return [required(path)];
  return [
    ...(Buffer.byteLength(name) > POOL_NAME_MAX ? [tooLong(path, POOL_NAME_MAX)] : NOTHING),
    ...name.split("/").flatMap((part) => invalidFor(path, part, dns1123SubdomainErrors(part))),
  ];
}

/** `model` or `gpu.example.com/model`. */
export function qualifiedAttribute(name: string, path: string): Findings {
  const [first = "", second, ...more] = name.split("/");
  if (second === undefined) return cIdentifier(first, path);
  if (more.length > 0) return NOTHING;
  return [
    ...(first === "" ? [invalid(path, "", "the domain must not be empty")] : csiDriverName(path, first)),
    ...(second === "" ? [invalid(path, "", "the name must not be empty")] : cIdentifier(second, path)),
  ];
}

export function fullyQualifiedAttribute(name: string, path: string): Findings {
  return [
    ...qualifiedAttribute(name, path),
    ...(name.includes("/")
      ? NOTHING
      : [invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash")]),
  ];
}

function cIdentifier(text: string, path: string): Findings {
  return [
    ...(Buffer.byteLength(text) > ID_MAX ? [tooLong(path, ID_MAX)] : NOTHING),
    ...(identifier.test(text) ? NOTHING : [invalid(path, text, IDENTIFIER_RULE)]),
  ];
}

export function className(name: string | undefined, path: string): Findings {
  return requiredAnd(path, name, dns1123SubdomainErrors);
}
