import { type Status, StatusError, type StatusReason, statusErrors } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";

/** The refusal of a webhook, in its own words and with its own code (`webhook/errors.ToStatusErr`). */
export function deniedBy(hook: string, result: Readonly<Record<string, unknown>> | undefined): StatusError {
  const denied = `admission webhook ${JSON.stringify(hook)} denied the request`;
  const { message, reason, code, details } = result ?? {};
  const why =
    typeof message === "string" && message !== ""
      ? `: ${message}`
      : typeof reason === "string" && reason !== ""
        ? `: ${reason}`
        : " without explanation";
  const status: Status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: denied + why,
    code: typeof code === "number" && code >= 400 ? code : 400,
    ...(typeof reason === "string" && reason !== "" ? { reason: reason as StatusReason } : {}),
    ...(isRecord(details) ? { details } : {}),
  };
  return new StatusError(status);
}

/** The 500 of a webhook that could not be asked, or answered nonsense. */
export function failedCalling(hook: string, reason: string): StatusError {
  return statusErrors.internal(`failed calling webhook ${JSON.stringify(hook)}: ${reason}`);
}

/** The 400 of a dry run that a webhook could not take part in without side effects. */
export function noDryRun(hook: string): StatusError {
  return statusErrors.badRequest(`admission webhook ${JSON.stringify(hook)} does not support dry run`);
}
