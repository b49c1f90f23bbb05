import { failure, StatusError } from "../../apimachinery/index.ts";

/** The 422 of a `resourceVersionMatch` that does not go with the other options of a list or watch. */
export function matchForbidden(detail: string): StatusError {
  const field = "resourceVersionMatch";
  return new StatusError(
    failure("Invalid", `ListOptions.meta.k8s.io "" is invalid: ${field}: Forbidden: ${detail}`, {
      group: "meta.k8s.io",
      kind: "ListOptions",
      causes: [{ reason: "FieldValueForbidden", message: `Forbidden: ${detail}`, field }],
    }),
  );
}
