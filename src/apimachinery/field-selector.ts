import { statusErrors } from "./status-error.ts";

/** One term of a field selector; `==` is read as `=`. */
export type FieldRequirement = {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
};

/** Reads a field selector (`status.phase=Running,spec.nodeName!=n1`); throws a 400 with the text of `k8s.io/apimachinery/pkg/fields`. */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  return splitTerms(text)
    .filter((term) => term !== "")
    .map((term) => parseTerm(text, term));
}

/** Splits at commas a backslash does not escape. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === ",") {
      terms.push(text.slice(start, index));
      start = index + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(selector: string, term: string): FieldRequirement {
  const match = /!=|==|=/.exec(term);
  if (match === null) throw statusErrors.badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  const value = unescapeValue(term.slice(match.index + match[0].length));
  return {
    field: term.slice(0, match.index),
    operator: match[0] === "!=" ? "!=" : "=",
    value,
  };
}

function unescapeValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text;
  let value = "";
  for (let index = 0; index < text.length; index++) {
    const char = text[index] as string;
    if (char === "\\") {
      const escaped = text[++index] ?? "";
      if (escaped === "" || !"\\,=".includes(escaped))
        throw statusErrors.badRequest(`invalid field selector: invalid escape sequence: \\${escaped}`);
      value += escaped;
    } else if (char === "," || char === "=")
      throw statusErrors.badRequest(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    else value += char;
  }
  return value;
}
