import { statusErrors } from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import type { RequestOptions } from "./request.ts";

/** Where the next page of a list starts, and the revision all its pages show; `undefined`: whatever is the present one. */
export type ContinueToken = { readonly revision: number | undefined; readonly start: string };

/** How a token says that the present state will do. */
const PRESENT = -1;

/** The token of upstream's form (`k8s.io/apiserver/pkg/storage.EncodeContinue`): base64url of a small JSON object. */
export function formatContinueToken(token: ContinueToken): string {
  const json = JSON.stringify({ v: "meta.k8s.io/v1", rv: token.revision ?? PRESENT, start: token.start });
  return Buffer.from(json).toString("base64url");
}

/** Reads the token of `options`; throws a 400 for one that is not ours, or that comes with a resourceVersion. */
export function parseContinueToken(options: RequestOptions): ContinueToken {
  if (options.resourceVersion !== undefined && options.resourceVersion !== "" && options.resourceVersion !== "0")
    throw statusErrors.badRequest("specifying resource version is not allowed when using continue");
  const token = readJson(Buffer.from(options.continue ?? "", "base64url").toString());
  if (!isRecord(token) || token.v !== "meta.k8s.io/v1") throw notValid("unrecognized or unsupported version");
  const { rv, start } = token;
  if (typeof rv !== "number" || !Number.isSafeInteger(rv) || (rv < 1 && rv !== PRESENT))
    throw notValid("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (typeof start !== "string" || start === "") throw notValid("encoded start key empty (version meta.k8s.io/v1)");
  return { revision: rv === PRESENT ? undefined : rv, start };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notValid(why: string): Error {
  return statusErrors.badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
