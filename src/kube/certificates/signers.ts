import type { CertificateRequest } from "../../algorithms/index.ts";

export const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
const DIGITAL_SIGNATURE = "digital signature";
const KEY_ENCIPHERMENT = "key encipherment";
const CLIENT_AUTH = "client auth";

type Check = (request: CertificateRequest, usages: readonly string[]) => string | undefined;

/** Why the signer of that name will not sign; "unknown" when no signer of this cluster has the name (`pkg/controller/certificates/signer`). */
export function refusal(
  signerName: string,
  request: CertificateRequest,
  usages: readonly string[],
): string | undefined | "unknown" {
  const check = Object.hasOwn(CHECKS, signerName) ? CHECKS[signerName] : undefined;
  return check === undefined ? "unknown" : check(request, usages);
}

/** `ValidateKubeletClientCSR`. */
export const kubeletClientProblem: Check = (request, usages) => {
  if (!isOfNodes(request)) return "subject organization is not system:nodes";
  if (request.dnsNames.length > 0) return "DNS subjectAltNames are not allowed";
  if (request.emailAddresses.length > 0) return "Email subjectAltNames are not allowed";
  if (request.ipAddresses.length > 0) return "IP subjectAltNames are not allowed";
  if (request.uris.length > 0) return "URI subjectAltNames are not allowed";
  return nodeNameProblem(request) ?? usagesProblem(usages, CLIENT_AUTH);
};

/** `ValidateKubeletServingCSR`. */
const kubeletServingProblem: Check = (request, usages) => {
  if (!isOfNodes(request)) return "subject organization is not system:nodes";
  if (request.dnsNames.length === 0 && request.ipAddresses.length === 0) return "DNS or IP subjectAltName is required";
  if (request.emailAddresses.length > 0) return "Email subjectAltNames are not allowed";
  if (request.uris.length > 0) return "URI subjectAltNames are not allowed";
  return usagesProblem(usages, "server auth") ?? nodeNameProblem(request);
};

const apiServerClientProblem: Check = (_request, usages) => {
  const wrong = usages.find((usage) => ![DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, CLIENT_AUTH].includes(usage));
  if (wrong !== undefined) return `invalid usage for client certificate: ${wrong}`;
  return usages.includes(CLIENT_AUTH) ? undefined : `missing required usage for client certificate: ${CLIENT_AUTH}`;
};

const CHECKS: Readonly<Record<string, Check>> = {
  "kubernetes.io/kube-apiserver-client": apiServerClientProblem,
  [KUBELET_CLIENT]: kubeletClientProblem,
  "kubernetes.io/kubelet-serving": kubeletServingProblem,
  "kubernetes.io/legacy-unknown": () => undefined,
};

function isOfNodes({ organizations }: CertificateRequest): boolean {
  return organizations.length === 1 && organizations[0] === "system:nodes";
}

function nodeNameProblem({ commonName }: CertificateRequest): string | undefined {
  return commonName.startsWith("system:node:") ? undefined : "subject common name does not begin with system:node:";
}

/** Exactly these usages; keys of other kinds than RSA encipher no keys. */
function usagesProblem(usages: readonly string[], purpose: string): string | undefined {
  const required = [DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, purpose].sort();
  const given = new Set(usages);
  const rest = required.filter((usage) => !given.delete(usage));
  const fits = given.size === 0 && rest.every((usage) => usage === KEY_ENCIPHERMENT);
  return fits ? undefined : `usages did not match [${required.join(" ")}]`;
}
