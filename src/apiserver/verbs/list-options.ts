import { failure, type StatusCause, StatusError } from "../../apimachinery/index.ts";
import type { RequestOptions } from "../request.ts";

const MATCH = "resourceVersionMatch";

/** Throws the 422 of list options that contradict each other (`internalversion/validation.ValidateListOptions`). */
export function checkListOptions(options: RequestOptions): void {
  const { resourceVersion = "", resourceVersionMatch, sendInitialEvents } = options;
  const findings: Finding[] = [];
  if (resourceVersionMatch !== undefined) {
    if (resourceVersion === "")
      findings.push([MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided"]);
    if (options.continue) findings.push([MATCH, "resourceVersionMatch is forbidden when continue is provided"]);
    if (resourceVersionMatch === "Exact" && resourceVersion === "0")
      findings.push([MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"']);
  }
  if (sendInitialEvents !== undefined) findings.push(["sendInitialEvents", "sendInitialEvents is forbidden for list"]);
  throwFindings(findings);
}

/** The same for a watch (`validateWatchOptions`). */
export function checkWatchOptions(options: RequestOptions): void {
  const { resourceVersionMatch, sendInitialEvents } = options;
  const findings: Finding[] = [];
  if (sendInitialEvents !== undefined && resourceVersionMatch !== "NotOlderThan")
    findings.push([MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"]);
  if (resourceVersionMatch !== undefined) {
    if (sendInitialEvents === undefined)
      findings.push([MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"]);
    if (options.continue) findings.push([MATCH, "resourceVersionMatch is forbidden when continue is provided"]);
  }
  throwFindings(findings);
}

type Finding = readonly [field: string, detail: string];

function throwFindings(findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  const texts = findings.map(([field, detail]) => `${field}: Forbidden: ${detail}`);
  const causes = findings.map(
    ([field, detail]): StatusCause => ({
      reason: "FieldValueForbidden",
      message: `Forbidden: ${detail}`,
      field,
    }),
  );
  const text = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  throw new StatusError(
    failure("Invalid", `ListOptions.meta.k8s.io "" is invalid: ${text}`, {
      group: "meta.k8s.io",
      kind: "ListOptions",
      causes,
    }),
  );
}
