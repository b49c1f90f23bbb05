import { ISSUER } from "./service-account-token.ts";
import type { TokenSigner } from "./token-signer.ts";

const CONFIGURATION = "/.well-known/openid-configuration";
const KEYS = "/openid/v1/jwks";

/** OpenID discovery of the service account issuer: what others need to verify its tokens. */
export function issuerAnswer(
  signer: TokenSigner | undefined,
  path: string,
): { readonly ok: true; readonly contentType: string; readonly body: unknown } | undefined {
  if (signer === undefined) return undefined;
  if (path === KEYS || path === `${KEYS}/`)
    return { ok: true, contentType: "application/jwk-set+json", body: { keys: signer.publicKeys() } };
  if (path !== CONFIGURATION && path !== `${CONFIGURATION}/`) return undefined;
  return {
    ok: true,
    contentType: "application/json",
    body: {
      issuer: ISSUER,
      jwks_uri: `${ISSUER}${KEYS}`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [signer.algorithm],
    },
  };
}
