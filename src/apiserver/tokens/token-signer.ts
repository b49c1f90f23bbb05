/** The claims of a JSON Web Token. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** Signs and recognizes the tokens of a fleet's service accounts; the keys live on the roof. */
export interface TokenSigner {
  /** The JWS algorithm: `ES256`. */
  readonly algorithm: string;
  /** The public keys, as JSON Web Keys. */
  publicKeys(): readonly Readonly<Record<string, unknown>>[];
  sign(claims: TokenClaims): string;
  /** The claims of a token this signer has signed, expired or not; `undefined` for any other text. */
  verify(token: string): TokenClaims | undefined;
}
