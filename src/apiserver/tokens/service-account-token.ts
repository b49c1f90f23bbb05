import { Node, Pod, Secret, ServiceAccount } from "../../api/index.ts";
import { getPath, type Kind, type KubeObject, timestamp } from "../../apimachinery/index.ts";
import type { ServerCore } from "../core.ts";
import { serviceAccountName } from "../rbac/grants.ts";
import type { User } from "../request.ts";
import { secretTokenUser } from "./token-secret.ts";
import type { TokenClaims } from "./token-signer.ts";
import { accountUser } from "./user-info.ts";

/** `--service-account-issuer`, and the audience of tokens that name none. */
export const ISSUER = "https://kubernetes.default.svc.cluster.local";

/** Clocks may differ by this much (`go-jose/jwt.DefaultLeeway`); a deleted object's tokens live on as long. */
const LEEWAY_MS = 60_000;
const PRIVATE = "kubernetes.io";
const EXTRA = "authentication.kubernetes.io";

/** An object a token is bound to: it dies with it. */
export type BoundObject = { readonly kind: Kind<KubeObject>; readonly object: KubeObject };

/** Signs a token of a service account; the claims are those of `pkg/serviceaccount/claims.go`. */
export function signToken(
  core: ServerCore,
  account: ServiceAccount,
  terms: {
    readonly audiences: readonly string[];
    readonly expiresMs: number;
    /** From when on it should have been renewed. */
    readonly warnAfterMs?: number;
    readonly bound?: BoundObject;
  },
): string | undefined {
  const { namespace = "", name, uid } = account.metadata;
  const nowSeconds = Math.floor(core.loop.nowMs() / 1000);
  const { warnAfterMs } = terms;
  const warnafter = warnAfterMs === undefined ? {} : { warnafter: Math.floor(warnAfterMs / 1000) };
  return core.tokenSigner?.sign({
    aud: terms.audiences,
    exp: Math.floor(terms.expiresMs / 1000),
    iat: nowSeconds,
    iss: ISSUER,
    jti: core.state.newUid(),
    [PRIVATE]: { namespace, ...boundClaims(core, terms.bound), serviceaccount: { name, uid }, ...warnafter },
    nbf: nowSeconds,
    sub: serviceAccountName(namespace, name),
  });
}

/** The user of a token of ours, or what is wrong with it; `undefined` when it is none of ours. */
export function serviceAccountUser(
  core: ServerCore,
  token: string,
  audiences: readonly string[],
): { readonly user: User; readonly audiences: readonly string[] } | { readonly error: string } | undefined {
  const claims = core.tokenSigner?.verify(token);
  if (claims === undefined) return undefined;
  if (claims.iss !== ISSUER) return ofSecret(core, token, claims, audiences);
  const nowMs = core.loop.nowMs();
  if (Number(claims.exp) * 1000 + LEEWAY_MS < nowMs) return { error: "service account token has expired" };
  if (Number(claims.nbf) * 1000 - LEEWAY_MS > nowMs) return { error: "service account token is not valid yet" };
  const meant = (claims.aud as readonly string[]).filter((audience) => audiences.includes(audience));
  if (meant.length === 0)
    return {
      error: `token audiences ${listed(claims.aud as readonly string[])} is invalid for the target audiences ${listed(audiences)}`,
    };
  const error = goneError(core, claims);
  return error === undefined ? { user: userOf(claims), audiences: meant } : { error };
}

/** Tokens that stand in Secrets are for the API server only, and name no audience. */
function ofSecret(
  core: ServerCore,
  token: string,
  claims: TokenClaims,
  audiences: readonly string[],
): { readonly user: User; readonly audiences: readonly string[] } | { readonly error: string } {
  const user = audiences.includes(ISSUER) ? secretTokenUser(core.state, token, claims) : undefined;
  return user === undefined ? { error: "token has been invalidated" } : { user, audiences: [ISSUER] };
}

/** As Go prints a list with `%q`. */
function listed(audiences: readonly string[]): string {
  return `[${audiences.map((audience) => JSON.stringify(audience)).join(" ")}]`;
}

function boundClaims(core: ServerCore, bound: BoundObject | undefined): TokenClaims {
  if (bound === undefined) return {};
  const { name, uid } = bound.object.metadata;
  const own = { [bound.kind.kind.toLowerCase()]: { name, uid } };
  const nodeName = bound.kind === Pod ? getPath(bound.object, ["spec", "nodeName"]) : undefined;
  if (typeof nodeName !== "string" || nodeName === "") return own;
  const node = core.state.get(Node, nodeName);
  return { ...own, node: { name: nodeName, ...(node?.metadata.uid === undefined ? {} : { uid: node.metadata.uid }) } };
}

const INVALIDATED = "service account token has been invalidated";

/** The account and what the token is bound to must still be the ones it was made for. */
function goneError(core: ServerCore, claims: TokenClaims): string | undefined {
  const namespace = claimed(claims, "namespace") ?? "";
  const check = (kind: Kind<KubeObject>, title: string, within: string | undefined): string | undefined => {
    const name = claimed(claims, title, "name");
    if (name === undefined) return undefined;
    const found = core.state.get(kind, name, within);
    const isAccount = kind === ServiceAccount;
    if (found === undefined) return isAccount ? `serviceaccounts ${JSON.stringify(name)} not found` : INVALIDATED;
    const { uid, deletionTimestamp } = found.metadata;
    if (deletionTimestamp !== undefined && Date.parse(deletionTimestamp) + LEEWAY_MS < core.loop.nowMs())
      return INVALIDATED;
    const meant = claimed(claims, title, "uid");
    if (uid === meant) return undefined;
    return isAccount
      ? `service account UID (${uid}) does not match claim (${meant})`
      : `${title} UID (${uid}) does not match service account ${title} ref claim (${meant})`;
  };
  return (
    check(ServiceAccount, "serviceaccount", namespace) ??
    check(Pod, "pod", namespace) ??
    check(Secret, "secret", namespace) ??
    // A pod's token names its node for information only.
    (claimed(claims, "pod", "name") === undefined ? check(Node, "node", undefined) : undefined)
  );
}

function userOf(claims: TokenClaims): User {
  const namespace = claimed(claims, "namespace") ?? "";
  const extra = Object.entries({
    [`${EXTRA}/credential-id`]: `JTI=${claims.jti}`,
    [`${EXTRA}/node-name`]: claimed(claims, "node", "name"),
    [`${EXTRA}/node-uid`]: claimed(claims, "node", "uid"),
    [`${EXTRA}/pod-name`]: claimed(claims, "pod", "name"),
    [`${EXTRA}/pod-uid`]: claimed(claims, "pod", "uid"),
  }).flatMap(([key, value]) => (value === undefined ? [] : [[key, [value]] as const]));
  const uid = claimed(claims, "serviceaccount", "uid");
  const name = claimed(claims, "serviceaccount", "name") ?? "";
  const user = accountUser({ metadata: { name, namespace, ...(uid === undefined ? {} : { uid }) } });
  return { ...user, extra: Object.fromEntries(extra) };
}

function claimed(claims: TokenClaims, ...path: readonly string[]): string | undefined {
  const value = getPath(claims[PRIVATE], path);
  return typeof value === "string" ? value : undefined;
}

/** When a token of `seconds` signed now is over, as text. */
export function expirationOf(core: ServerCore, seconds: number): { readonly ms: number; readonly text: string } {
  const ms = core.loop.nowMs() + seconds * 1000;
  return { ms, text: timestamp(ms) };
}
