import type { Strategy } from "../descriptor.ts";
import {
  duplicate,
  eachItem,
  type Findings,
  forbidden,
  invalid,
  NOTHING,
  notSupported,
  required,
  requiredOneOf,
} from "../validation.ts";
import type { CertificateSigningRequest } from "./certificate-signing-request.ts";

const USAGES = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];

/** What is particular to CertificateSigningRequests (`pkg/apis/certificates/validation`). */
export const certificateSigningRequestStrategy: Strategy<CertificateSigningRequest> = {
  validateName: () => [],
  prepareForUpdate: (request, before) => ({ ...request, spec: before.spec }),
  validate: ({ spec }, before) => (spec === before?.spec ? NOTHING : checkSpec(spec)),
  validateStatus: (request, before) => checkStatus(request, before, { approving: false }),
  // Who approves writes conditions; who signs writes the certificate.
  parts: {
    approval: {
      prepare: (request) => request,
      validate: (request, before) => checkStatus(request, before, { approving: true }),
    },
  },
};

const DECISIONS = ["Approved", "Denied"] as const;
const FINAL = [...DECISIONS, "Failed"] as const;
type Status = NonNullable<CertificateSigningRequest["status"]>;

/** What a status may say, and change of what was decided (`validateCertificateSigningRequestUpdate`). */
function checkStatus(
  { status = {} }: CertificateSigningRequest,
  { status: old = {} }: CertificateSigningRequest,
  { approving }: { readonly approving: boolean },
): Findings {
  const field = "status.conditions";
  const count = ({ conditions = [] }: Status, type: string): number =>
    conditions.filter((condition) => condition.type === type).length;
  const fewer = FINAL.filter((type) => count(status, type) < count(old, type));
  const more = approving ? [] : DECISIONS.filter((type) => count(status, type) > count(old, type));
  return [
    ...checkConditions(status, field),
    ...checkCertificate(status.certificate),
    ...fewer.map((type) => forbidden(field, `updates may not remove a condition of type "${type}"`)),
    ...more.map((type) => forbidden(field, `updates may not add a condition of type "${type}"`)),
    ...(status.certificate === old.certificate || !old.certificate
      ? NOTHING
      : [forbidden("status.certificate", "updates may not modify existing certificate content")]),
  ];
}

function checkConditions({ conditions = [] }: Status, field: string): Findings {
  const types = conditions.map(({ type = "" }) => type as string);
  return eachItem(conditions, ({ type = "", status = "" as string }, index) => {
    const at = `${field}[${index}]`;
    const allowed = (FINAL as readonly string[]).includes(type) ? ["True"] : ["False", "True", "Unknown"];
    const other = type === "Approved" ? "Denied" : type === "Denied" ? "Approved" : undefined;
    const isTorn = other !== undefined && types.slice(0, index).includes(other);
    return [
      ...(type === "" ? [required(`${at}.type`)] : NOTHING),
      ...requiredOneOf(`${at}.status`, status, allowed),
      ...(isTorn ? [invalid(field, type, "Approved and Denied conditions are mutually exclusive")] : NOTHING),
      ...(types.indexOf(type) < index ? [duplicate(`${at}.type`, type)] : NOTHING),
    ];
  });
}

/** Nothing but certificates, in PEM; what is in them is the signer's matter. */
function checkCertificate(certificate = ""): Findings {
  if (certificate === "") return NOTHING;
  const pem = Buffer.from(certificate, "base64").toString("latin1");
  const blocks = [...pem.matchAll(/-----BEGIN ([^-]+)-----/g)].map(([, type = ""]) => type);
  const other = blocks.find((type) => type !== "CERTIFICATE");
  const wrong = (detail: string): Findings => [invalid("status.certificate", "<certificate data>", detail)];
  if (other !== undefined) return wrong(`only CERTIFICATE PEM blocks are allowed, found "${other}"`);
  return blocks.length === 0 ? wrong("must contain at least one CERTIFICATE PEM block") : NOTHING;
}

function checkSpec(spec: CertificateSigningRequest["spec"]): Findings {
  const { request = "", usages = [], signerName = "", expirationSeconds } = spec ?? {};
  const isPem = Buffer.from(request, "base64").toString("latin1").includes("-----BEGIN CERTIFICATE REQUEST-----");
  return [
    ...(isPem
      ? NOTHING
      : [invalid("spec.request", spec?.request || null, "PEM block type must be CERTIFICATE REQUEST")]),
    ...(usages.length === 0 ? [required("spec.usages")] : NOTHING),
    ...eachItem(usages, (usage, index) =>
      USAGES.includes(usage) ? NOTHING : [notSupported(`spec.usages[${index}]`, usage, USAGES)],
    ),
    ...eachItem(usages, (usage, index) =>
      usages.indexOf(usage) < index ? [duplicate(`spec.usages[${index}]`, usage)] : NOTHING,
    ),
    ...(signerName === "" ? [required("spec.signerName")] : NOTHING),
    ...(signerName !== "" && !/^[^/]+\.[^/]+\/.+$/.test(signerName)
      ? [
          invalid(
            "spec.signerName",
            signerName,
            "must be a fully qualified domain and path of the form 'example.com/signer-name'",
          ),
        ]
      : NOTHING),
    ...(expirationSeconds !== undefined && expirationSeconds < 600
      ? [
          invalid(
            "spec.expirationSeconds",
            expirationSeconds,
            "may not specify a duration less than 600 seconds (10 minutes)",
          ),
        ]
      : NOTHING),
  ];
}
