import { withDefaults, withField, withItems } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { eachItem, invalid, oneOf, required } from "../validation.ts";
import type { Webhook, WebhookClientConfig, WebhookConfiguration } from "./webhook-configuration.ts";

/** What is particular to webhook configurations; only mutating ones are invoked again. */
export const webhookStrategy = (kind: { readonly mutating: boolean }): Strategy<WebhookConfiguration> => ({
  applyDefaults: (configuration) =>
    withItems(configuration, "webhooks", (webhook) =>
      defaultWebhook(kind.mutating ? withDefaults(webhook, { reinvocationPolicy: "Never" }) : webhook),
    ),
  validate: (configuration) =>
    eachItem(configuration.webhooks, (webhook, index) => {
      const path = `webhooks[${index}]`;
      const { url, service } = webhook.clientConfig ?? {};
      return [
        ...(webhook.name ? [] : [required(`${path}.name`)]),
        ...((url === undefined) === (service === undefined)
          ? [required(`${path}.clientConfig`, "exactly one of url or service is required")]
          : []),
        ...oneOf(`${path}.sideEffects`, webhook.sideEffects, ["None", "NoneOnDryRun"]),
        ...((webhook.admissionReviewVersions ?? []).length === 0
          ? [required(`${path}.admissionReviewVersions`, "must specify one of v1, v1beta1")]
          : []),
        ...((webhook.timeoutSeconds ?? 10) > 30 || (webhook.timeoutSeconds ?? 10) < 1
          ? [
              invalid(
                `${path}.timeoutSeconds`,
                webhook.timeoutSeconds,
                "the timeout value must be between 1 and 30 seconds",
              ),
            ]
          : []),
      ];
    }),
});

const OF_WEBHOOKS: Partial<Webhook> = {
  failurePolicy: "Fail",
  matchPolicy: "Equivalent",
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
};

function defaultWebhook(webhook: Webhook): Webhook {
  const result = withItems(withDefaults(webhook, OF_WEBHOOKS), "rules", (rule) => withDefaults(rule, { scope: "*" }));
  return withField(result, "clientConfig", defaultClient(result.clientConfig ?? {}));
}

function defaultClient(client: WebhookClientConfig): WebhookClientConfig {
  return client.service === undefined
    ? client
    : withField(client, "service", withDefaults(client.service, { port: 443 }));
}
