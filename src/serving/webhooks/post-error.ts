import type { PeerCertificate } from "node:tls";

/** The fields errors of Node's sockets and TLS carry. */
type SocketError = Error & {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly host?: string;
  readonly cert?: PeerCertificate;
};

const DIALED: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
};

const UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority";
const CERTIFICATE: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: "x509: certificate has expired or is not yet valid",
  CERT_NOT_YET_VALID: "x509: certificate has expired or is not yet valid",
};

/** Why a POST failed, in the words of Go's HTTP client. */
export function postErrorText(thrown: unknown, isLate: boolean): string {
  if (isLate) return "context deadline exceeded";
  const error = firstOf(thrown);
  const { code = "", address = "", port, hostname = "" } = error;
  const dialed = DIALED[code];
  if (dialed !== undefined)
    return `dial tcp ${address.includes(":") ? `[${address}]` : address}:${port}: connect: ${dialed}`;
  const certificate = code === "ERR_TLS_CERT_ALTNAME_INVALID" ? otherName(error) : CERTIFICATE[code];
  if (certificate !== undefined) return `tls: failed to verify certificate: ${certificate}`;
  switch (code) {
    case "ENOTFOUND":
      return `dial tcp: lookup ${hostname}: no such host`;
    case "EAI_AGAIN":
      return `dial tcp: lookup ${hostname}: Temporary failure in name resolution`;
    case "ETIMEDOUT":
      return `dial tcp ${address}:${port}: i/o timeout`;
    case "ECONNRESET":
      return "EOF";
    case "EPROTO":
      return /wrong version number|packet length too long/.test(error.message)
        ? "http: server gave HTTP response to HTTPS client"
        : "remote error: tls: handshake failure";
    default:
      return error.message;
  }
}

/** A host of several addresses fails with all their errors; Go tells the first. */
function firstOf(thrown: unknown): SocketError {
  if (thrown instanceof AggregateError && thrown.errors[0] instanceof Error) return thrown.errors[0];
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function otherName({ host = "", cert }: SocketError): string {
  const names = (cert?.subjectaltname ?? "")
    .split(", ")
    .filter((name) => name !== "")
    .map((name) => name.replace(/^(?:DNS|IP Address):/, ""));
  if (names.length === 0) return `x509: certificate is not valid for any names, but wanted to match ${host}`;
  return `x509: certificate is valid for ${names.join(", ")}, not ${host}`;
}
