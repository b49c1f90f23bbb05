import { statusErrors } from "../../apimachinery/index.ts";
import type { AdmissionRequest } from "../../apiserver/index.ts";

/** Throws the Forbidden a request that is not admitted is answered with. */
export function refuse({ kind, name }: AdmissionRequest, message: string): never {
  throw statusErrors.forbidden(kind, name, message);
}
