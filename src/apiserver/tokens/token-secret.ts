import { ConfigMap, Secret, ServiceAccount } from "../../api/index.ts";
import { kindKey, statusErrors, type Unstructured, withAnnotations } from "../../apimachinery/index.ts";
import type { AdmissionPlugin, ClusterState } from "../admission.ts";
import { serviceAccountName } from "../rbac/grants.ts";
import type { User } from "../request.ts";
import type { TokenClaims, TokenSigner } from "./token-signer.ts";
import { accountUser } from "./user-info.ts";

const TYPE = "kubernetes.io/service-account-token";
const ACCOUNT_NAME = "kubernetes.io/service-account.name";
const ACCOUNT_UID = "kubernetes.io/service-account.uid";
const ISSUER = "kubernetes/serviceaccount";
const CLAIM = "kubernetes.io/serviceaccount";

/**
 * Fills in Secrets of type `kubernetes.io/service-account-token` as they are made, with a token that lasts as long as its
 * Secret; upstream's tokens-controller takes a moment (`pkg/controller/serviceaccount/tokens_controller.go`).
 */
export function tokenSecrets(signer: TokenSigner): AdmissionPlugin {
  return {
    name: "ServiceAccountTokenSecrets",
    handles: (kind) => kindKey(kind) === kindKey(Secret),
    admit: ({ verb, object }, state) => {
      if (verb !== "create" || object?.type !== TYPE) return object;
      const { name, namespace = "", annotations = {} } = object.metadata;
      const accountName = annotations[ACCOUNT_NAME];
      if (accountName === undefined || accountName === "")
        throw statusErrors.invalid({ group: "", kind: "Secret" }, name, [
          { type: "FieldValueRequired", field: `metadata.annotations[${ACCOUNT_NAME}]`, detail: "" },
        ]);
      const account = state.get(ServiceAccount, accountName, namespace);
      return account === undefined ? object : filled(object, account, signer, state);
    },
  };
}

/** The user of a token that stands in a Secret; `undefined` when Secret or account are others by now. */
export function secretTokenUser(state: ClusterState, token: string, claims: TokenClaims): User | undefined {
  if (claims.iss !== ISSUER) return undefined;
  const claimed = (name: string): string => String(claims[`${CLAIM}/${name}`] ?? "");
  const namespace = claimed("namespace");
  const account = state.get(ServiceAccount, claimed("service-account.name"), namespace);
  const secret = state.get(Secret, claimed("secret.name"), namespace);
  if (account === undefined || account.metadata.uid !== claimed("service-account.uid")) return undefined;
  if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) return undefined;
  return decoded(secret.data?.token) === token ? accountUser(account) : undefined;
}

function filled(secret: Unstructured, account: ServiceAccount, signer: TokenSigner, state: ClusterState): Unstructured {
  const { name: secretName, namespace = "" } = secret.metadata;
  const { name, uid = "" } = account.metadata;
  const token = signer.sign({
    iss: ISSUER,
    [`${CLAIM}/namespace`]: namespace,
    [`${CLAIM}/secret.name`]: secretName,
    [`${CLAIM}/service-account.name`]: name,
    [`${CLAIM}/service-account.uid`]: uid,
    sub: serviceAccountName(namespace, name),
  });
  const authority = state.get(ConfigMap, "kube-root-ca.crt", namespace)?.data?.["ca.crt"] ?? "";
  const own = { "ca.crt": encoded(authority), namespace: encoded(namespace), token: encoded(token) };
  const stated = (secret.data ?? {}) as Readonly<Record<string, string>>;
  return withAnnotations({ ...secret, data: { ...own, ...stated } }, { [ACCOUNT_UID]: uid });
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64");
}

function decoded(text: string | undefined): string {
  return Buffer.from(text ?? "", "base64").toString();
}
