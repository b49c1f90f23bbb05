import type { FieldError } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { type Correlation, childOf, itemOf } from "./correlation.ts";

/**
 * Leaves out what is wrong at places an update did not touch: tightening a schema does not stop writes to what was stored
 * before (CRDValidationRatcheting, `apiextensions-apiserver/pkg/apiserver/validation/ratcheting.go`).
 */
export function ratchet(errors: readonly FieldError[], root: Correlation): readonly FieldError[] {
  return errors.filter((error) => !isTolerated(pathOf(error), root));
}

/** Errors of `anyOf` and the like name their place only in their text. */
function pathOf({ field, detail }: FieldError): string {
  if (field !== "<nil>") return field;
  const quoted = /^"((?:[^"\\]|\\.)*)" must/.exec(detail);
  return quoted === null ? "" : String(JSON.parse(`"${quoted[1]}"`));
}

/** Whether a place on the way to the error is as it was. apiVersion and kind are not: both sides were made alike. */
function isTolerated(path: string, root: Correlation): boolean {
  let present: Correlation | undefined = root;
  let rest = path;
  if (/^(apiVersion|kind)$/.test(path)) return false;
  while (present !== undefined) {
    if (present.isUnchanged()) return true;
    const step = nextStep(present, rest);
    if (step === undefined) return false;
    present = step.to;
    rest = step.rest;
  }
  return false;
}

function nextStep(
  from: Correlation,
  rest: string,
): { readonly to: Correlation | undefined; readonly rest: string } | undefined {
  const index = /^\[(\d+)\]/.exec(rest);
  if (index !== null && Array.isArray(from.value))
    return { to: itemOf(from, Number(index[1])), rest: rest.slice(index[0].length) };
  const bare = rest.replace(/^\./, "");
  if (bare === "" || !isRecord(from.value)) return undefined;
  // Keys of maps may have dots of their own: the longest that fits is meant.
  const names = Object.keys(from.value).filter((name) => startsWithName(bare, name));
  const name = names.sort((left, right) => right.length - left.length)[0];
  return name === undefined ? undefined : { to: childOf(from, name), rest: bare.slice(name.length) };
}

function startsWithName(path: string, name: string): boolean {
  return path.startsWith(name) && /^(?:$|[.[])/.test(path.slice(name.length));
}
