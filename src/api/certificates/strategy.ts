import type { Strategy } from "../descriptor.ts";
import { eachItem, type Findings, invalid, NOTHING, notSupported, required } from "../validation.ts";
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
};

function checkSpec(spec: CertificateSigningRequest["spec"]): Findings {
  const { request = "", usages = [], signerName = "", expirationSeconds } = spec ?? {};
  const isPem = Buffer.from(request, "base64").toString("latin1").includes("-----BEGIN CERTIFICATE REQUEST-----");
  return [
    ...(isPem ? NOTHING : [invalid("spec.request", request, "PEM block type must be CERTIFICATE REQUEST")]),
    ...(usages.length === 0 ? [required("spec.usages")] : NOTHING),
    ...eachItem(usages, (usage, index) =>
      USAGES.includes(usage) ? NOTHING : [notSupported(`spec.usages[${index}]`, usage, USAGES)],
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
