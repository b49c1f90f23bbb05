import { defineKind } from "../../apimachinery/index.ts";
import { AGE, integer } from "../columns.ts";
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
    singular: "validatingadmissionpolicy",
    categories: ["api-extensions"],
    status: true,
    generation: true,
    columns: [AGE],
    sinceMinor: 30,
  }),
  defineResource({
    kind: ValidatingAdmissionPolicyBinding,
    singular: "validatingadmissionpolicybinding",
    categories: ["api-extensions"],
    generation: true,
    columns: [AGE],
    sinceMinor: 30,
  }),
];
