import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";

/** Who is believed, and by which name the other side must be known. */
export type Trust = {
  /** PEM of authorities, in base64; those of the system when absent. */
  readonly caBundle?: string | undefined;
  readonly name: string;
  readonly nowMs: number;
};

const UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority";

/** Why certificates (PEM, the server's own first) are not believed, in the words of Go's `crypto/x509`. */
export function certificateProblem(shown: string, { caBundle, name, nowMs }: Trust): string | undefined {
  const [own, ...others] = certificatesIn(shown);
  if (own === undefined) return UNKNOWN_AUTHORITY;
  return (
    lifetimeProblem(own, nowMs) ??
    nameProblem(own, name) ??
    (isRooted(own, others, roots(caBundle)) ? undefined : UNKNOWN_AUTHORITY)
  );
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      // What cannot be read vouches for nothing.
      return [];
    }
  });
}

function roots(caBundle: string | undefined): readonly X509Certificate[] {
  return certificatesIn(
    caBundle === undefined ? rootCertificates.join("\n") : Buffer.from(caBundle, "base64").toString(),
  );
}

function lifetimeProblem({ validFromDate, validToDate }: X509Certificate, nowMs: number): string | undefined {
  const problem = "x509: certificate has expired or is not yet valid: current time";
  const text = (date: Date): string => date.toISOString().replace(/\.\d+/, "");
  const now = text(new Date(nowMs));
  if (nowMs < validFromDate.getTime()) return `${problem} ${now} is before ${text(validFromDate)}`;
  return nowMs > validToDate.getTime() ? `${problem} ${now} is after ${text(validToDate)}` : undefined;
}

/** Only alternative names count: a common name is no name of a host. */
function nameProblem(certificate: X509Certificate, name: string): string | undefined {
  if (certificate.checkHost(name, { subject: "never" }) !== undefined) return undefined;
  const names = (certificate.subjectAltName ?? "").split(", ").filter((one) => one !== "");
  if (names.length > 0)
    return `x509: certificate is valid for ${names.map((one) => one.replace(/^(?:DNS|IP Address):/, "")).join(", ")}, not ${name}`;
  return /(?:^|\n)CN=[\w.-]+(?:\n|$)/.test(certificate.subject)
    ? "x509: certificate relies on legacy Common Name field, use SANs instead"
    : `x509: certificate is not valid for any names, but wanted to match ${name}`;
}

/** Whether issuers among `others` lead to somebody trusted. */
function isRooted(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): boolean {
  const unused = new Set(others);
  // What is reached is added while it is gone through, each certificate once.
  const reached = [certificate];
  for (const one of reached) {
    const isBy = (issuer: X509Certificate): boolean => one.checkIssued(issuer) && one.verify(issuer.publicKey);
    if (trusted.some((root) => root.fingerprint256 === one.fingerprint256 || isBy(root))) return true;
    for (const other of unused)
      if (isBy(other)) {
        unused.delete(other);
        reached.push(other);
      }
  }
  return false;
}
