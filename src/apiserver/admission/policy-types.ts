import { defineKind, type KubeObject, type LabelSelector } from "../../apimachinery/index.ts";
import type { MatchCondition } from "./match-conditions.ts";
import type { MatchRule } from "./match-rules.ts";

/** MatchResources of admissionregistration/v1. */
export type MatchResources = {
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly resourceRules?: readonly MatchRule[];
  readonly excludeResourceRules?: readonly MatchRule[];
  readonly matchPolicy?: string;
};

/** One rule of a policy: false denies. */
export type PolicyValidation = {
  readonly expression: string;
  readonly message?: string;
  readonly reason?: string;
  readonly messageExpression?: string;
};

export type PolicySpec = {
  readonly paramKind?: { readonly apiVersion?: string; readonly kind?: string };
  readonly matchConstraints?: MatchResources;
  readonly validations?: readonly PolicyValidation[];
  readonly failurePolicy?: string;
  readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[];
  readonly matchConditions?: readonly MatchCondition[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
};

export type ParamRef = {
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: LabelSelector;
  readonly parameterNotFoundAction?: string;
};

export type BindingSpec = {
  readonly policyName?: string;
  readonly paramRef?: ParamRef;
  readonly matchResources?: MatchResources;
  readonly validationActions?: readonly string[];
};

export type AdmissionPolicy = KubeObject & { readonly spec?: PolicySpec };
export type AdmissionPolicyBinding = KubeObject & { readonly spec?: BindingSpec };

const group = "admissionregistration.k8s.io";

export const ValidatingAdmissionPolicy = defineKind<AdmissionPolicy>({
  group,
  version: "v1",
  kind: "ValidatingAdmissionPolicy",
  plural: "validatingadmissionpolicies",
  namespaced: false,
});

export const ValidatingAdmissionPolicyBinding = defineKind<AdmissionPolicyBinding>({
  group,
  version: "v1",
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
  namespaced: false,
});
