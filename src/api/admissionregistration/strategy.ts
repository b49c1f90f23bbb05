import { withDefaults, withField, withItems } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import type { Webhook, WebhookClientConfig, WebhookConfiguration } from "./webhook-configuration.ts";
import { validateWebhooks } from "./webhook-validation.ts";

/** What is particular to webhook configurations; only mutating ones are invoked again. */
export const webhookStrategy = (kind: { readonly mutating: boolean }): Strategy<WebhookConfiguration> => ({
  applyDefaults: (configuration) =>
    withItems(configuration, "webhooks", (webhook) =>
      defaultWebhook(kind.mutating ? withDefaults(webhook, { reinvocationPolicy: "Never" }) : webhook),
    ),
  validate: validateWebhooks,
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
