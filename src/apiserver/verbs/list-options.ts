import { type FieldError, forbidden, statusErrors } from "../../apimachinery/index.ts";
import type { RequestOptions } from "../request.ts";

const MATCH = "resourceVersionMatch";

/** Throws the 422 of list options that contradict each other (`internalversion/validation.ValidateListOptions`). */
export function checkListOptions(options: RequestOptions): void {
  const { resourceVersion = "", resourceVersionMatch: match = "", sendInitialEvents } = options;
  const errors: FieldError[] = [];
  if (match !== "") {
    if (resourceVersion === "")
      errors.push(forbidden(MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    if (options.continue) errors.push(forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
    if (match !== "Exact" && match !== "NotOlderThan") errors.push(unsupported(match, '"Exact", "NotOlderThan", ""'));
    if (match === "Exact" && resourceVersion === "0")
      errors.push(forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (sendInitialEvents !== undefined)
    errors.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  throwErrors(errors);
}

/**
 * Watch options with what they leave open (`SetListOptionsDefaults`): a watch of old that begins nowhere in particular begins
 * with the present objects, and says when they are told. Throws the 422 of options that contradict each other.
 */
export function watchOptions(stated: RequestOptions): RequestOptions {
  const { resourceVersion = "", sendInitialEvents, resourceVersionMatch } = stated;
  const isOpen = sendInitialEvents === undefined && resourceVersionMatch === undefined;
  const isOfOld = isOpen && (resourceVersion === "" || resourceVersion === "0");
  const options = isOfOld ? { ...stated, sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" } : stated;
  checkWatchOptions(options);
  return options;
}

/** `validateWatchOptions`. */
function checkWatchOptions(options: RequestOptions): void {
  const { resourceVersionMatch: match = "", sendInitialEvents } = options;
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== "NotOlderThan")
    errors.push(forbidden(MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  if (match !== "") {
    if (sendInitialEvents === undefined)
      errors.push(forbidden(MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
    if (match !== "NotOlderThan") errors.push(unsupported(match, '"NotOlderThan"'));
    if (options.continue) errors.push(forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
  }
  throwErrors(errors);
}

function unsupported(match: string, values: string): FieldError {
  return { type: "FieldValueNotSupported", field: MATCH, value: match, detail: `supported values: ${values}` };
}

function throwErrors(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusErrors.invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
}
