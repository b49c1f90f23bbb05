import { createPrivateKey, createPublicKey, randomBytes, sign, verify, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { CertificateRequest } from "../algorithms/index.ts";
import type { CertificateSigner } from "../kube/index.ts";
import { der, derValues } from "../std/index.ts";

const SEQUENCE = 0x30;
const BOOLEAN_TRUE = der(0x01, Uint8Array.of(0xff));
const ECDSA_WITH_SHA256 = der(SEQUENCE, oid("1.2.840.10045.4.3.2"));

/** Bits of the key usage extension, from the first. */
const KEY_USAGES: Readonly<Record<string, number>> = {
  signing: 0,
  "digital signature": 0,
  "content commitment": 1,
  "key encipherment": 2,
  "data encipherment": 3,
  "key agreement": 4,
  "cert sign": 5,
  "crl sign": 6,
  "encipher only": 7,
  "decipher only": 8,
};
/** In the order Go writes them. */
const EXTENDED_USAGES: readonly (readonly [usage: string, purpose: string])[] = [
  ["any", "2.5.29.37.0"],
  ["server auth", "1.3.6.1.5.5.7.3.1"],
  ["client auth", "1.3.6.1.5.5.7.3.2"],
  ["code signing", "1.3.6.1.5.5.7.3.3"],
  ["email protection", "1.3.6.1.5.5.7.3.4"],
  ["s/mime", "1.3.6.1.5.5.7.3.4"],
  ["ipsec end system", "1.3.6.1.5.5.7.3.5"],
  ["ipsec tunnel", "1.3.6.1.5.5.7.3.6"],
  ["ipsec user", "1.3.6.1.5.5.7.3.7"],
  ["timestamping", "1.3.6.1.5.5.7.3.8"],
  ["ocsp signing", "1.3.6.1.5.5.7.3.9"],
  ["microsoft sgc", "1.3.6.1.4.1.311.10.3.3"],
  ["netscape sgc", "2.16.840.1.113730.4.1"],
];

/** Signs certificate requests with the authority of that certificate and key (PEM, a P-256 key). */
export function certificateSigner(authority: {
  readonly certificate: string;
  readonly privateKey: string;
}): CertificateSigner {
  const key = createPrivateKey(authority.privateKey);
  const own = new x509.X509Certificate(authority.certificate);
  const issuer = new Uint8Array(own.subjectName.toArrayBuffer());
  return {
    notAfterMs: new X509Certificate(authority.certificate).validToDate.getTime(),
    isGenuine,
    sign: ({ request, usages, notBeforeMs, notAfterMs }) => {
      const signed = der(
        SEQUENCE,
        der(0xa0, der(0x02, Uint8Array.of(2))),
        der(0x02, serialNumber()),
        ECDSA_WITH_SHA256,
        issuer,
        der(SEQUENCE, time(notBeforeMs), time(notAfterMs)),
        request.subject,
        request.publicKey,
        der(0xa3, der(SEQUENCE, ...extensions(request, usages))),
      );
      const signature = sign("sha256", signed, key);
      const certificate = der(SEQUENCE, signed, ECDSA_WITH_SHA256, der(0x03, Uint8Array.of(0), signature));
      return `${x509.PemConverter.encode(Uint8Array.from(certificate).buffer, "CERTIFICATE")}\n`;
    },
  };
}

function isGenuine({ signed, algorithm, signature, publicKey }: CertificateRequest): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
    return verify(digestOf(algorithm), signed, key, signature);
  } catch {
    // A key or an algorithm nobody here can read proves nothing.
    return false;
  }
}

/** The digest of a signature algorithm; none for those that hash for themselves. */
function digestOf(algorithm: Uint8Array): string | null {
  const identifier = derValues(derValues(algorithm)?.[0]?.content ?? new Uint8Array())?.[0];
  const digest = DIGESTS.find(([name]) => identifier !== undefined && Buffer.from(oid(name)).equals(identifier.whole));
  if (digest === undefined) throw new Error("unknown signature algorithm");
  return digest[1];
}

const DIGESTS: readonly (readonly [algorithm: string, digest: string | null])[] = [
  ["1.2.840.113549.1.1.11", "sha256"],
  ["1.2.840.113549.1.1.12", "sha384"],
  ["1.2.840.113549.1.1.13", "sha512"],
  ["1.2.840.10045.4.3.2", "sha256"],
  ["1.2.840.10045.4.3.3", "sha384"],
  ["1.2.840.10045.4.3.4", "sha512"],
  ["1.3.101.112", null],
];

/** Key usage, extended key usage, basic constraints, and the names the request asks for. */
function extensions(request: CertificateRequest, usages: readonly string[]): readonly Uint8Array[] {
  const extended = new Set(EXTENDED_USAGES.filter(([usage]) => usages.includes(usage)).map(([, purpose]) => purpose));
  const bits = keyUsageBits(usages);
  const { alternativeNames } = request;
  return [
    ...(bits === undefined ? [] : [extension("2.5.29.15", bits, { critical: true })]),
    ...(extended.size === 0 ? [] : [extension("2.5.29.37", der(SEQUENCE, ...[...extended].map(oid)))]),
    extension("2.5.29.19", der(SEQUENCE), { critical: true }),
    ...(alternativeNames === undefined ? [] : [extension("2.5.29.17", alternativeNames)]),
  ];
}

function extension(type: string, value: Uint8Array, { critical = false } = {}): Uint8Array {
  return der(SEQUENCE, oid(type), ...(critical ? [BOOLEAN_TRUE] : []), der(0x04, value));
}

/** A BIT STRING without trailing zeros. */
function keyUsageBits(usages: readonly string[]): Uint8Array | undefined {
  const octets = [0, 0];
  for (const usage of usages) {
    const bit = KEY_USAGES[usage];
    if (bit !== undefined) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  }
  while (octets.at(-1) === 0) octets.pop();
  const last = octets.at(-1);
  if (last === undefined) return undefined;
  const unused = 31 - Math.clz32(last & -last);
  return der(0x03, Uint8Array.of(unused, ...octets));
}

/** UTCTime until 2049, GeneralizedTime from then on. */
function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/[-T:]|\.\d+/g, "");
  return digits < "2050" ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes;
}

function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(value: number): readonly number[] {
  const octets = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) octets.unshift((rest & 0x7f) | 0x80);
  return octets;
}
