import { goJsonType, statusErrors } from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import { jsonSyntaxError } from "./http/json-syntax.ts";
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
  const token = readToken(options.continue ?? "");
  if (options.resourceVersion !== undefined && options.resourceVersion !== "" && options.resourceVersion !== "0")
    throw statusErrors.badRequest("specifying resource version is not allowed when using continue");
  return token;
}

function readToken(text: string): ContinueToken {
  const bad = text.search(/[^A-Za-z0-9_-]/);
  if (bad >= 0 || text.length % 4 === 1)
    throw notValid(`illegal base64 data at input byte ${bad >= 0 ? bad : text.length - 1}`);
  const json = Buffer.from(text, "base64url").toString();
  const syntax = jsonSyntaxError(json);
  if (syntax !== undefined) throw notValid(syntax);
  const token: unknown = JSON.parse(json);
  if (!isRecord(token))
    throw notValid(`json: cannot unmarshal ${goJsonType(token)} into Go value of type storage.continueToken`);
  const { v, rv = 0, start = "" } = token;
  if (v !== "meta.k8s.io/v1") throw notValid(`server does not recognize this encoded version ${String(v ?? "")}`);
  if (typeof rv !== "number" || !Number.isSafeInteger(rv) || (rv < 1 && rv !== PRESENT))
    throw notValid("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (typeof start !== "string" || start === "") throw notValid("encoded start key empty (version meta.k8s.io/v1)");
  return { revision: rv === PRESENT ? undefined : rv, start };
}

function notValid(why: string): Error {
  return statusErrors.badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
