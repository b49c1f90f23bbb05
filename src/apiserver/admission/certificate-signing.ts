import { parseCertificateRequest } from "../../algorithms/index.ts";
import { CertificateSigningRequest, type Condition } from "../../api/index.ts";
import { kindKey, statusErrors, timestamp, type Unstructured } from "../../apimachinery/index.ts";
import { deepEqual, isRecord } from "../../std/index.ts";
import type { AdmissionPlugin, ClusterState } from "../admission.ts";
import type { Authorizer } from "../authorization.ts";
import type { User } from "../request.ts";

type Status = CertificateSigningRequest["status"];

const API_SERVER_CLIENT = "kubernetes.io/kube-apiserver-client";
const MASTERS = "system:masters";
const handles: AdmissionPlugin["handles"] = (kind) => kindKey(kind) === kindKey(CertificateSigningRequest);

/**
 * Who approves a signing request must be allowed to `approve` for its signer, who writes its certificate or its failure to `sign`
 * for it (`plugin/pkg/admission/certificates/{approval,signing}`).
 */
export function signerPermission(authorize: Authorizer): AdmissionPlugin {
  return {
    name: "CertificateApproval",
    handles,
    admit: (request, state) => {
      const { object, before, subresource, verb } = request;
      if (verb !== "update" || before === undefined || object === undefined) return object;
      const { signerName } = before.spec as CertificateSigningRequest["spec"];
      const permit = (action: "approve" | "sign"): void => {
        if (!mayAct(authorize, request.user, state, { action, signerName }))
          throw statusErrors.forbidden(
            request.kind,
            request.name,
            `user not permitted to ${action} requests with signerName ${JSON.stringify(signerName)}`,
          );
      };
      if (subresource === "approval") permit("approve");
      if (subresource === "status" && changesAnswer(before.status as Status, object.status as Status)) permit("sign");
      return object;
    },
  };
}

function mayAct(
  authorize: Authorizer,
  user: User,
  state: ClusterState,
  { action, signerName }: { readonly action: "approve" | "sign"; readonly signerName: string },
): boolean {
  const asked = { user, verb: action, group: "certificates.k8s.io", version: "*", resource: "signers" };
  const [domain = ""] = signerName.split("/");
  return [signerName, `${domain}/*`].some((name) => authorize({ ...asked, name }, state) === "allow");
}

function changesAnswer(before: Status, after: Status): boolean {
  return before?.certificate !== after?.certificate || !deepEqual(before?.conditions ?? [], after?.conditions ?? []);
}

/** Nobody gets a client certificate of the group that may do everything (`plugin/pkg/admission/certificates/subjectrestriction`). */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: "CertificateSubjectRestriction",
  handles,
  admit: ({ verb, object, subresource, name, kind }) => {
    if (verb !== "create" || subresource !== undefined || !isRecord(object?.spec)) return object;
    const { signerName, request } = object.spec as Partial<CertificateSigningRequest["spec"]>;
    if (signerName !== API_SERVER_CLIENT) return object;
    const parsed = parseCertificateRequest(request ?? "");
    // Validation refuses what is no request.
    if (typeof parsed !== "string" && parsed.organizations.includes(MASTERS))
      throw statusErrors.forbidden(
        kind,
        name,
        `use of ${API_SERVER_CLIENT} signer with ${MASTERS} group is not allowed`,
      );
    return object;
  },
};

/** Says of each condition when it was written and since when it is so (`populateConditionTimestamps`). */
export function withConditionTimes(
  after: readonly Condition[],
  before: readonly Condition[],
  now: string,
): readonly Condition[] {
  return after.map((condition) => {
    const known = before.find(({ type, status }) => type === condition.type && status === condition.status);
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? known?.lastTransitionTime ?? now,
    };
  });
}

/** A status write keeps verdicts as they are, and dates what it says (`csrStatusStrategy`). */
export const signingStatus: AdmissionPlugin = {
  name: "CertificateSigningRequestStatus",
  handles,
  admit: ({ object, before, subresource }, state): Unstructured | undefined => {
    if (subresource !== "status" || object === undefined || before === undefined || !isRecord(object.status))
      return object;
    const old = (before.status as Status)?.conditions ?? [];
    const stated = (object.status as Status)?.conditions;
    if (stated === undefined) return object;
    const verdicts = ["Approved", "Denied"].filter((verdict) => of(stated, verdict).length === of(old, verdict).length);
    const kept = stated.map((condition) =>
      verdicts.includes(condition.type) ? (of(old, condition.type)[0] ?? condition) : condition,
    );
    const now = timestamp(state.nowMs());
    return { ...object, status: { ...object.status, conditions: withConditionTimes(kept, old, now) } };
  },
};

function of(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.filter((condition) => condition.type === type);
}
