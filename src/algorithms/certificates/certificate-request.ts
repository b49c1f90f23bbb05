import { type DerValue, derValues } from "../../std/index.ts";

/** What a PKCS #10 request asks for, and the pieces of it a certificate repeats byte for byte. */
export type CertificateRequest = {
  /** The common name of the subject; empty when it has none. */
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  /** Their bytes. */
  readonly ipAddresses: readonly Uint8Array[];
  /** DER of: what was signed, its algorithm, the subject, the public key, and (when there are any) the alternative names. */
  readonly signed: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly alternativeNames?: Uint8Array;
};

const COMMON_NAME = "550403";
const ORGANIZATION = "55040a";
const SUBJECT_ALT_NAME = "551d11";
const EXTENSION_REQUEST = "2a864886f70d01090e";
const BLOCK = "CERTIFICATE REQUEST";

/** Reads the base64 of a PEM request, as CertificateSigningRequests carry it; a text says what is wrong with it. */
export function parseCertificateRequest(base64: string): CertificateRequest | string {
  const block = pemBlock(Buffer.from(base64, "base64").toString("latin1"), BLOCK);
  if (block === undefined) return `PEM block type must be ${BLOCK}`;
  return requestOf(block) ?? "x509: malformed certificate request";
}

/** When a certificate in PEM ceases to be valid, in milliseconds; `undefined` when that cannot be read. */
export function certificateExpiryMs(pem: string): number | undefined {
  const block = pemBlock(pem, "CERTIFICATE");
  const [signed] = inside(block === undefined ? undefined : derValues(block)?.[0]);
  // Version, serial number, algorithm, issuer, validity; the version is left out of the oldest kind.
  const fields = inside(signed);
  const validity = fields[fields[0]?.tag === 0xa0 ? 4 : 3];
  const notAfter = inside(validity)[1];
  return notAfter === undefined ? undefined : timeMs(notAfter);
}

function timeMs({ tag, content }: DerValue): number | undefined {
  const text = Buffer.from(content).toString("latin1");
  // UTCTime has two digits of the year: 50 to 99 are of the last century.
  const century = Number(text.slice(0, 2)) >= 50 ? "19" : "20";
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(tag === 0x17 ? `${century}${text}` : text);
  if (match === null) return undefined;
  const [year = 0, month = 0, ...rest] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...(rest as [number, number, number, number]));
}

/** The bytes of the first PEM block of a type. */
function pemBlock(text: string, type: string): Uint8Array | undefined {
  const body = new RegExp(`-----BEGIN ${type}-----([A-Za-z0-9+/=\\s]*)-----END ${type}-----`).exec(text)?.[1];
  return body === undefined ? undefined : Buffer.from(body, "base64");
}

function inside(value: DerValue | undefined): readonly DerValue[] {
  return value === undefined ? [] : (derValues(value.content) ?? []);
}

function requestOf(bytes: Uint8Array): CertificateRequest | undefined {
  const [info, algorithm, signature] = inside(derValues(bytes)?.[0]);
  const [, subject, publicKey, attributes] = inside(info);
  if (info === undefined || algorithm === undefined || signature === undefined) return undefined;
  if (subject === undefined || publicKey === undefined) return undefined;
  const alternativeNames = requestedExtension(attributes, SUBJECT_ALT_NAME);
  const names = alternativeNames === undefined ? [] : inside(derValues(alternativeNames)?.[0]);
  const texts = (tag: number): readonly string[] =>
    names.filter((name) => name.tag === tag).map(({ content }) => Buffer.from(content).toString("latin1"));
  return {
    commonName: namesIn(subject, COMMON_NAME).at(-1) ?? "",
    organizations: namesIn(subject, ORGANIZATION),
    emailAddresses: texts(0x81),
    dnsNames: texts(0x82),
    uris: texts(0x86),
    ipAddresses: names.filter(({ tag }) => tag === 0x87).map(({ content }) => content),
    signed: info.whole,
    algorithm: algorithm.whole,
    // The first octet of a BIT STRING counts unused bits, of which signatures have none.
    signature: signature.content.subarray(1),
    subject: subject.whole,
    publicKey: publicKey.whole,
    ...(alternativeNames === undefined ? {} : { alternativeNames }),
  };
}

function namesIn(subject: DerValue, attribute: string): readonly string[] {
  return inside(subject)
    .flatMap(inside)
    .map(inside)
    .filter(([type]) => type !== undefined && hex(type.content) === attribute)
    .map(([, value]) => Buffer.from(value?.content ?? []).toString("utf8"));
}

/** The value of an extension a request wants its certificate to have. */
function requestedExtension(attributes: DerValue | undefined, wanted: string): Uint8Array | undefined {
  for (const attribute of inside(attributes)) {
    const [type, values] = inside(attribute);
    if (type === undefined || hex(type.content) !== EXTENSION_REQUEST) continue;
    for (const extension of inside(inside(values)[0])) {
      const parts = inside(extension);
      if (parts[0] !== undefined && hex(parts[0].content) === wanted) return parts.at(-1)?.content;
    }
  }
  return undefined;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
