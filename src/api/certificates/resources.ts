import { humanDuration } from "../../std/index.ts";
import { AGE, text } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { CertificateSigningRequest } from "./certificate-signing-request.ts";
import { certificateSigningRequestStrategy } from "./strategy.ts";

/** The kinds of the certificates.k8s.io group. */
export const certificatesResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: CertificateSigningRequest,
    strategy: certificateSigningRequestStrategy,
    singular: "certificatesigningrequest",
    shortNames: ["csr"],
    status: true,
    specIsFixed: true,
    subresources: ["approval"],
    columns: [
      AGE,
      text<CertificateSigningRequest>("SignerName", ({ spec }) => spec.signerName || "<none>"),
      text<CertificateSigningRequest>("Requestor", ({ spec }) => spec.username ?? ""),
      text<CertificateSigningRequest>("RequestedDuration", ({ spec: { expirationSeconds } }) =>
        expirationSeconds === undefined ? "<none>" : humanDuration(expirationSeconds * 1000),
      ),
      text<CertificateSigningRequest>("Condition", condition),
    ],
    selectableFields: { "spec.signerName": ({ spec }) => spec.signerName },
  }),
];

function condition({ status }: CertificateSigningRequest): string {
  const types = new Set(status?.conditions?.map(({ type }) => type));
  const verdict = types.has("Denied") ? "Denied" : types.has("Approved") ? "Approved" : "Pending";
  const failed = types.has("Failed") ? ",Failed" : "";
  return `${verdict}${failed}${status?.certificate ? ",Issued" : ""}`;
}
