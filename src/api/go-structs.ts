import { inOrder } from "./validation.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Go structs by name, their fields in order. After a field's name: `#` a number, `!` a truth, `?` a pointer, `[]` a list, `{}` a
 * map, `?Struct`, `:Struct` and `[]Struct` a struct behind a pointer, in place or in a list, `?*` what has names of its own; `=` is
 * followed by the field's name in the API, where that is not the usual one.
 */
export type GoStructs = Readonly<Record<string, string>>;

const FIELD = /^([A-Za-z]+)(?:=([a-zA-Z]+))?(.*)$/;

/** A value as Go's encoder writes the internal struct of that name, whose fields have no other names in JSON. */
export function asGoStruct(structs: GoStructs, struct: string, value: object): object {
  const fields = (structs[struct] ?? "").split(" ").map((text) => {
    const [, name = "", stated, form = ""] = FIELD.exec(text) ?? [];
    return [name, fieldValue(structs, form, (value as Fields)[stated ?? jsonName(name)])] as const;
  });
  return Object.fromEntries(fields);
}

/** `fsType` of `FSType`. */
function jsonName(name: string): string {
  return name.replace(/^(?:[A-Z]+(?=[A-Z][a-z]|$)|[A-Z])/, (capitals) => capitals.toLowerCase());
}

function fieldValue(structs: GoStructs, form: string, value: unknown): unknown {
  switch (form) {
    case "":
      return value ?? "";
    case "#":
      return value ?? 0;
    case "!":
      return value ?? false;
    case "?":
    case "[]":
    case "?*":
      return value ?? null;
    case "{}":
      return value === undefined ? null : inOrder(value as Fields);
    default:
      return structValue(structs, form, value);
  }
}

function structValue(structs: GoStructs, form: string, value: unknown): unknown {
  const struct = form.replace(/^(\[\]|[?:])/, "");
  if (value === undefined && !form.startsWith(":")) return null;
  if (Array.isArray(value)) return value.map((item) => asGoStruct(structs, struct, item ?? {}));
  return asGoStruct(structs, struct, (value ?? {}) as Fields);
}
