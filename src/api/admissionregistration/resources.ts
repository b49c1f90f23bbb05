import { defineKind, getPath, type LabelSelector, type Unstructured } from "../../apimachinery/index.ts";
import { AGE, integer, text } from "../columns.ts";
import { defineResource, type PrinterColumn, type ResourceDescriptor } from "../descriptor.ts";
import { webhookStrategy } from "./strategy.ts";
import {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
  type WebhookConfiguration,
} from "./webhook-configuration.ts";

const group = "admissionregistration.k8s.io";
const ValidatingAdmissionPolicy = defineKind({
  group,
  version: "v1",
  kind: "ValidatingAdmissionPolicy",
  plural: "validatingadmissionpolicies",
  namespaced: false,
});
const ValidatingAdmissionPolicyBinding = defineKind({
  group,
  version: "v1",
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
  namespaced: false,
});

const webhookColumns: readonly PrinterColumn<WebhookConfiguration>[] = [
  integer<WebhookConfiguration>("Webhooks", (configuration) => configuration.webhooks?.length),
  AGE,
];

/** The kinds of the admissionregistration.k8s.io group. */
export const admissionregistrationResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: MutatingWebhookConfiguration,
    update: { needsVersion: true },
    strategy: webhookStrategy({ mutating: true }),
    singular: "mutatingwebhookconfiguration",
    categories: ["api-extensions"],
    generation: true,
    columns: webhookColumns,
  }),
  defineResource({
    kind: ValidatingWebhookConfiguration,
    update: { needsVersion: true },
    strategy: webhookStrategy({ mutating: false }),
    singular: "validatingwebhookconfiguration",
    categories: ["api-extensions"],
    generation: true,
    columns: webhookColumns,
  }),
  defineResource({
    kind: ValidatingAdmissionPolicy,
    update: { needsVersion: true },
    singular: "validatingadmissionpolicy",
    categories: ["api-extensions"],
    status: true,
    generation: true,
    columns: [
      {
        name: "Validations",
        type: "integer",
        value: (policy) => ((getPath(policy, ["spec", "validations"]) ?? []) as readonly unknown[]).length,
      },
      text<Unstructured>("ParamKind", paramKind),
      AGE,
    ],
    sinceMinor: 30,
  }),
  defineResource({
    kind: ValidatingAdmissionPolicyBinding,
    update: { needsVersion: true },
    singular: "validatingadmissionpolicybinding",
    categories: ["api-extensions"],
    generation: true,
    columns: [
      text<Unstructured>("PolicyName", (binding) => String(getPath(binding, ["spec", "policyName"]) ?? "")),
      text<Unstructured>("ParamRef", paramRef),
      AGE,
    ],
    sinceMinor: 30,
  }),
];

function paramKind(policy: Unstructured): string {
  const kind = getPath(policy, ["spec", "paramKind"]) as { apiVersion?: string; kind?: string } | undefined;
  return kind === undefined ? "<unset>" : `${kind.apiVersion ?? ""}/${kind.kind ?? ""}`;
}

/** Whether a parameter without namespace has one cannot be told from here. */
function paramRef(binding: Unstructured): string {
  const ref = getPath(binding, ["spec", "paramRef"]) as ParamRef | undefined;
  if (ref?.name) return `${ref.namespace || "*"}/${ref.name}`;
  return ref?.selector === undefined ? "<unset>" : selectorAsGo(ref.selector);
}

type ParamRef = { readonly name?: string; readonly namespace?: string; readonly selector?: LabelSelector };

/** A selector as Go's generated `String` writes it. */
function selectorAsGo({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join("")}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}
