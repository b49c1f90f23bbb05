import { type FieldError, statusErrors } from "../../apimachinery/index.ts";
import type { RequestOptions } from "../request.ts";

const MATCH = "resourceVersionMatch";

/** Throws the 422 of list options that contradict each other (`internalversion/validation.ValidateListOptions`). */
export function checkListOptions(options: RequestOptions): void {
  const { resourceVersion = "", resourceVersionMatch, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  if (resourceVersionMatch !== undefined) {
    if (resourceVersion === "")
      errors.push(forbidden(MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    if (options.continue) errors.push(NO_CONTINUE);
    if (resourceVersionMatch === "Exact" && resourceVersion === "0")
      errors.push(forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (sendInitialEvents !== undefined)
    errors.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  throwErrors(errors);
}

/** The same for a watch (`validateWatchOptions`). */
export function checkWatchOptions(options: RequestOptions): void {
  const { resourceVersion = "", resourceVersionMatch, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && resourceVersionMatch !== "NotOlderThan")
    errors.push(forbidden(MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  if (resourceVersionMatch !== undefined) {
    if (sendInitialEvents === undefined)
      errors.push(forbidden(MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
    if (resourceVersionMatch !== "NotOlderThan")
      errors.push({
        type: "FieldValueNotSupported",
        field: MATCH,
        value: resourceVersionMatch,
        detail: 'supported values: "NotOlderThan"',
      });
  }
  // A watch from no version in particular is one that asks for initial events (`SetListOptionsDefaults`).
  const isLegacy = sendInitialEvents === undefined && (resourceVersion === "" || resourceVersion === "0");
  if (options.continue && (resourceVersionMatch !== undefined || isLegacy)) errors.push(NO_CONTINUE);
  throwErrors(errors);
}

const NO_CONTINUE = forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided");

function forbidden(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, detail };
}

function throwErrors(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusErrors.invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
}
