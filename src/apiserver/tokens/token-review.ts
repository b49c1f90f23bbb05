import { getPath, statusErrors, type Unstructured } from "../../apimachinery/index.ts";
import type { Call } from "../core.ts";
import { withoutName } from "../metadata.ts";
import { authenticateToken } from "./token-authentication.ts";
import { userInfo } from "./user-info.ts";

/** Answers a TokenReview: whose token it is, and for which audiences (`pkg/registry/authentication/tokenreview`). */
export function tokenReview(call: Call, object: Unstructured): Unstructured {
  const token = getPath(object, ["spec", "token"]);
  if (typeof token !== "string" || token === "")
    throw statusErrors.badRequest("token is required for TokenReview in authentication");
  const asked = getPath(object, ["spec", "audiences"]);
  const audiences = Array.isArray(asked) && asked.length > 0 ? asked.map(String) : undefined;
  const verdict = authenticateToken(call.core, token, audiences);
  const status = verdict.authenticated
    ? { authenticated: true, user: userInfo(verdict.user), audiences: verdict.audiences }
    : {
        error: verdict.error === undefined ? "invalid bearer token" : `[invalid bearer token, ${verdict.error}]`,
        user: {},
      };
  return { ...withoutName(object), status };
}
