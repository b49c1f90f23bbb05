import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { CertificateSigner } from "../kube/index.ts";
import { certificateSigner } from "./certificate-signer.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const VALID_YEARS = 10;

/** A certificate and its private key, PEM-encoded. */
export type KeyPairPem = { readonly certificate: string; readonly privateKey: string };

/** A certificate authority of one fleet: it signs what the fleet's servers and users show. */
export interface CertificateAuthority {
  /** PEM of the authority's own certificate. */
  readonly certificate: string;
  /** Signs certificates for keys of others. */
  readonly signer: CertificateSigner;
  /** A server certificate for DNS names and IP addresses. */
  issueServer(names: { readonly dns: readonly string[]; readonly ip: readonly string[] }): Promise<KeyPairPem>;
  /** A client certificate: `commonName` is the user, `organizations` are its groups. */
  issueClient(user: { readonly commonName: string; readonly organizations: readonly string[] }): Promise<KeyPairPem>;
}

/** Makes a new authority with a key of its own. */
export async function createCertificateAuthority(commonName: string): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const name = `CN=${commonName}`;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  const issue = (subject: x509.JsonName, extensions: readonly x509.Extension[]): Promise<KeyPairPem> =>
    issueCertificate({ issuer: name, signingKey: keys.privateKey, subject, extensions });
  const certificate = root.toString("pem");
  return {
    certificate,
    signer: certificateSigner({ certificate, privateKey: await privateKeyPem(keys) }),
    issueServer: ({ dns, ip }) =>
      issue(
        [{ CN: ["kube-apiserver"] }],
        [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension([
            ...dns.map((value) => ({ type: "dns" as const, value })),
            ...ip.map((value) => ({ type: "ip" as const, value })),
          ]),
        ],
      ),
    issueClient: ({ commonName: user, organizations }) =>
      issue(
        [...organizations.map((group) => ({ O: [group] })), { CN: [user] }],
        [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
      ),
  };
}

async function issueCertificate(request: {
  readonly issuer: string;
  readonly signingKey: webcrypto.CryptoKey;
  readonly subject: x509.JsonName;
  readonly extensions: readonly x509.Extension[];
}): Promise<KeyPairPem> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer: request.issuer,
    subject: request.subject,
    publicKey: keys.publicKey,
    signingKey: request.signingKey,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      ...request.extensions,
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: await privateKeyPem(keys) };
}

async function privateKeyPem({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY");
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString("hex");
}

function validity(): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = new Date();
  const notBefore = new Date(now.getTime() - 3_600_000);
  return { notBefore, notAfter: new Date(notBefore.getTime() + VALID_YEARS * 365 * 86_400_000) };
}
