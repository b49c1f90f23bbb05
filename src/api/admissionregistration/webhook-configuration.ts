import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { LabelSelector } from "../shared.ts";

export type WebhookClientConfig = {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path?: string;
    readonly port?: number;
  };
  /** Base64 of a PEM bundle. */
  readonly caBundle?: string;
};
type RuleWithOperations = {
  readonly operations?: readonly ("*" | "CREATE" | "UPDATE" | "DELETE" | "CONNECT")[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: "*" | "Cluster" | "Namespaced";
};
export type Webhook = {
  readonly name: string;
  readonly clientConfig: WebhookClientConfig;
  readonly rules?: readonly RuleWithOperations[];
  readonly failurePolicy?: "Ignore" | "Fail";
  readonly matchPolicy?: "Exact" | "Equivalent";
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly sideEffects: "None" | "NoneOnDryRun" | "Some" | "Unknown";
  readonly timeoutSeconds?: number;
  readonly admissionReviewVersions: readonly string[];
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  /** Mutating webhooks only. */
  readonly reinvocationPolicy?: "Never" | "IfNeeded";
};
/** A MutatingWebhookConfiguration or ValidatingWebhookConfiguration: one shape. */
export type WebhookConfiguration = KubeObject & { readonly webhooks?: readonly Webhook[] };

export const MutatingWebhookConfiguration: Kind<WebhookConfiguration> = defineKind<WebhookConfiguration>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingWebhookConfiguration",
  plural: "mutatingwebhookconfigurations",
  namespaced: false,
});
export const ValidatingWebhookConfiguration: Kind<WebhookConfiguration> = defineKind<WebhookConfiguration>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingWebhookConfiguration",
  plural: "validatingwebhookconfigurations",
  namespaced: false,
});
