import { qualifiedNameErrors } from "../apimachinery/index.ts";
import type { Condition } from "./shared.ts";
import {
  duplicate,
  eachItem,
  type Findings,
  invalid,
  invalidFor,
  NOTHING,
  oneOf,
  required,
  tooLong,
} from "./validation.ts";

const REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const reasonForm = new RegExp(`^${REASON}$`);
const REASON_MAX = 1024;
const MESSAGE_MAX = 32 * 1024;

/** Conditions of the common kind, each of a type of its own (`metav1validation.ValidateConditions`). */
export function validateConditions(conditions: readonly Condition[] | undefined, field: string): Findings {
  const first = new Map<string, number>();
  return eachItem(conditions, (condition, index) => {
    const at = `${field}[${index}]`;
    const { type = "" } = condition;
    const known = first.has(type);
    if (!known) first.set(type, index);
    return [...(known ? [duplicate(`${at}.type`, type)] : NOTHING), ...validateCondition(condition, at)];
  });
}

/** One such condition. */
function validateCondition(condition: Condition, at: string): Findings {
  const { type = "", status, observedGeneration = 0, lastTransitionTime, reason = "", message = "" } = condition;
  return [
    ...invalidFor(`${at}.type`, type, qualifiedNameErrors(type)),
    ...oneOf(`${at}.status`, status, ["False", "True", "Unknown"]),
    ...(observedGeneration < 0
      ? [invalid(`${at}.observedGeneration`, observedGeneration, "must be greater than or equal to zero")]
      : NOTHING),
    ...(lastTransitionTime ? NOTHING : [required(`${at}.lastTransitionTime`)]),
    ...checkReason(reason, `${at}.reason`),
    ...(Buffer.byteLength(message) > MESSAGE_MAX ? [tooLong(`${at}.message`, MESSAGE_MAX)] : NOTHING),
  ];
}

function checkReason(reason: string, field: string): Findings {
  if (reason === "") return [required(field)];
  const form = `(e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${REASON}')`;
  const why = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' ${form}`;
  return [
    ...(reasonForm.test(reason) ? NOTHING : [invalid(field, reason, why)]),
    ...(reason.length > REASON_MAX ? [tooLong(field, REASON_MAX)] : NOTHING),
  ];
}
