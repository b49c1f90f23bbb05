import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { TokenClaims, TokenSigner } from "../apiserver/index.ts";

const ALGORITHM = "ES256";
const ENCODING = "ieee-p1363";
/** Tokens whose signature was found good are remembered: clients show the same one with every request. */
const KNOWN_MAX = 1024;

type Keys = { readonly privateKey: KeyObject; readonly publicKey: KeyObject; readonly keyId: string };

/** Signs JSON Web Tokens with a key of its own, made at the first need. */
export function createTokenSigner(): TokenSigner {
  let made: Keys | undefined;
  const keys = (): Keys => {
    made ??= newKeys();
    return made;
  };
  const known = new Map<string, TokenClaims>();
  return {
    algorithm: ALGORITHM,
    publicKeys: () => {
      const { publicKey, keyId } = keys();
      return [{ use: "sig", kid: keyId, alg: ALGORITHM, ...publicKey.export({ format: "jwk" }) }];
    },
    sign: (claims) => {
      const { privateKey, keyId } = keys();
      const signed = `${encode({ alg: ALGORITHM, kid: keyId })}.${encode(claims)}`;
      const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: ENCODING });
      return `${signed}.${signature.toString("base64url")}`;
    },
    verify: (token) => {
      const before = known.get(token);
      if (before !== undefined || made === undefined) return before;
      const claims = verified(token, made.publicKey);
      if (claims === undefined) return undefined;
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(token, claims);
      return claims;
    },
  };
}

function newKeys(): Keys {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKey = createPublicKey(privateKey);
  const keyId = createHash("sha256")
    .update(publicKey.export({ format: "der", type: "spki" }))
    .digest("base64url");
  return { privateKey, publicKey, keyId };
}

function verified(token: string, publicKey: KeyObject): TokenClaims | undefined {
  const [head, body, signature, ...more] = token.split(".");
  if (head === undefined || body === undefined || signature === undefined || more.length > 0) return undefined;
  // Only one algorithm is spoken, so the header's word for it need not be trusted.
  const key = { key: publicKey, dsaEncoding: ENCODING } as const;
  const isGood = verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"));
  return isGood ? (JSON.parse(Buffer.from(body, "base64url").toString()) as TokenClaims) : undefined;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
