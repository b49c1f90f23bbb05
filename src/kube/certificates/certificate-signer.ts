import type { CertificateRequest } from "../../algorithms/index.ts";

/** Signs with the key of the cluster's authority, which lives on the roof. */
export interface CertificateSigner {
  /** When the authority's own certificate ends, in milliseconds. */
  readonly notAfterMs: number;
  /** Whether whoever made the request has the key it names. */
  isGenuine(request: CertificateRequest): boolean;
  /** A certificate in PEM for the subject, key and alternative names of a request; usages as the API names them. */
  sign(terms: {
    readonly request: CertificateRequest;
    readonly usages: readonly string[];
    readonly notBeforeMs: number;
    readonly notAfterMs: number;
  }): string;
}
