import { RE2JS, RE2JSException } from "re2js";

/** What a pattern found: the whole, then its groups; a group that took no part is empty, as Go has it. */
export type GoMatch = { readonly parts: readonly string[]; readonly named: Readonly<Record<string, string>> };

/** A pattern of Go's regexp. It answers in time linear in the text, whoever wrote the pattern. */
export class GoPattern {
  readonly source: string;
  readonly #compiled: RE2JS;

  constructor(source: string) {
    this.source = source;
    this.#compiled = RE2JS.compile(source);
  }

  /** How many groups it has, named or not. */
  get groups(): number {
    return this.#compiled.groupCount();
  }

  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  exec(text: string): GoMatch | undefined {
    const matcher = this.#compiled.matcher(text);
    if (!matcher.find()) return undefined;
    const parts = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? "");
    const named = Object.keys(this.#compiled.namedGroups()).map((name) => [name, matcher.group(name) ?? ""] as const);
    return { parts, named: Object.fromEntries(named) };
  }

  /** Every match, one after the other. */
  all(text: string): readonly string[] {
    const matcher = this.#compiled.matcher(text);
    const found: string[] = [];
    while (matcher.find()) found.push(matcher.group(0) ?? "");
    return found;
  }
}

/** A pattern, or why it is none: `error parsing regexp: missing closing ): ...`, as Go says it. */
export function parseGoPattern(source: string): GoPattern | string {
  try {
    return new GoPattern(source);
  } catch (error) {
    if (error instanceof RE2JSException) return error.message;
    throw error;
  }
}

/** A pattern; `undefined` when it is none. */
export function compileGoPattern(source: string): GoPattern | undefined {
  const parsed = parseGoPattern(source);
  return typeof parsed === "string" ? undefined : parsed;
}
