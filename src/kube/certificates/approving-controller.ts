import { parseCertificateRequest } from "../../algorithms/index.ts";
import { CertificateSigningRequest, SubjectAccessReview } from "../../api/index.ts";
import { findCondition, getPath } from "../../apimachinery/index.ts";
import type { ClusterClient } from "../../client/index.ts";
import { type AnyDefinition, defineController, later, NOTHING, type Plan } from "../../controller/index.ts";
import { liveAnswer } from "../live-answer.ts";
import { KUBELET_CLIENT, kubeletClientProblem } from "./signers.ts";

/** How long until a request that may not be approved yet is looked at again. */
const AGAIN_MS = 60_000;

/**
 * Approves what kubelets ask for to be known to the API server, where who asks may have it: `selfnodeclient` for one's own
 * name, `nodeclient` for any (`pkg/controller/certificates/approver`).
 */
export function approvingController(client: ClusterClient): AnyDefinition {
  return defineController({
    name: "csrapproving",
    primary: [CertificateSigningRequest],
    reads: [],
    reconcile: (signing) => {
      const { spec, status } = signing;
      if (status?.certificate || spec.signerName !== KUBELET_CLIENT) return NOTHING;
      if (findCondition(status?.conditions, "Approved") ?? findCondition(status?.conditions, "Denied")) return NOTHING;
      const request = parseCertificateRequest(spec.request);
      if (typeof request === "string" || kubeletClientProblem(request, spec.usages ?? []) !== undefined) return NOTHING;
      if (spec.username === request.commonName && may(client, signing, "selfnodeclient"))
        return approval(signing, "Auto approving self kubelet client certificate after SubjectAccessReview.");
      if (may(client, signing, "nodeclient"))
        return approval(signing, "Auto approving kubelet client certificate after SubjectAccessReview.");
      return later(AGAIN_MS);
    },
  });
}

/** Asks the server whether who made the request may create such ones. */
function may(client: ClusterClient, { spec }: CertificateSigningRequest, subresource: string): boolean {
  const { username: user = "", uid = "", groups = [], extra = {} } = spec;
  const resource = { group: "certificates.k8s.io", resource: "certificatesigningrequests", version: "*" };
  const resourceAttributes = { ...resource, verb: "create", subresource };
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    metadata: { name: "" },
    spec: { user, uid, groups, extra, resourceAttributes },
  };
  const answer = liveAnswer(client, { verb: "create", kind: SubjectAccessReview, object: review });
  return answer?.ok === true && getPath(answer.object, ["status", "allowed"]) === true;
}

function approval(signing: CertificateSigningRequest, message: string): Plan {
  const approved = { type: "Approved", status: "True", reason: "AutoApproved", message } as const;
  const conditions = [...(signing.status?.conditions ?? []), approved];
  const object = { ...signing, status: { ...signing.status, conditions } };
  const subresource = "approval";
  return { intents: [{ type: "update", kind: CertificateSigningRequest, object, before: signing, subresource }] };
}
