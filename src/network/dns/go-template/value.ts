/** A value of Go as templates see it; `undefined` is Go's invalid value, which prints as `<no value>`. */
export type GoValue =
  | { readonly kind: "string"; readonly type: "string"; readonly value: string }
  | { readonly kind: "bool"; readonly type: "bool"; readonly value: boolean }
  | { readonly kind: "int" | "uint"; readonly type: string; readonly value: bigint }
  | { readonly kind: "float"; readonly type: "float64"; readonly value: number }
  | { readonly kind: "slice"; readonly type: string; readonly items: readonly GoValue[] }
  | {
      readonly kind: "map";
      readonly type: string;
      readonly entries: ReadonlyMap<string, GoValue>;
      /** What `index` gives for a key that is not there. */
      readonly zero: GoValue;
    }
  | {
      readonly kind: "struct";
      /** With a `*` in front when templates hold a pointer to it. */
      readonly type: string;
      readonly fields: Readonly<Record<string, GoValue>>;
      readonly methods?: Readonly<Record<string, GoFunction>>;
      /** Fields that are not exported. */
      readonly hidden?: readonly string[];
    }
  | undefined;

/** What an argument must be. */
export type GoParameter = "any" | "string" | "int";

/** A function templates call; it throws an Error whose message is Go's. */
export type GoFunction = {
  readonly parameters: readonly GoParameter[];
  /** What all further arguments must be; absent when there may be none. */
  readonly rest?: GoParameter;
  readonly call: (args: readonly GoValue[]) => GoValue;
};

export const goString = (value: string): GoValue => ({ kind: "string", type: "string", value });
export const goBool = (value: boolean): GoValue => ({ kind: "bool", type: "bool", value });
export const goInt = (value: number | bigint, type = "int"): GoValue => ({ kind: "int", type, value: BigInt(value) });
export const goUint = (value: number | bigint, type: string): GoValue => ({ kind: "uint", type, value: BigInt(value) });
export const goStrings = (values: readonly string[]): GoValue => ({
  kind: "slice",
  type: "[]string",
  items: values.map(goString),
});

/** Whether a condition holds: anything but the zero of its type. */
export function isTrue(value: GoValue): boolean {
  if (value === undefined) return false;
  switch (value.kind) {
    case "string":
      return value.value !== "";
    case "bool":
      return value.value;
    case "int":
    case "uint":
      return value.value !== 0n;
    case "float":
      return value.value !== 0;
    case "slice":
      return value.items.length > 0;
    case "map":
      return value.entries.size > 0;
    case "struct":
      return true;
  }
}
