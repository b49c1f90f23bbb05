import { dns1035LabelErrors, dns1123SubdomainErrors, validateLabelSelector } from "../../apimachinery/index.ts";
import {
  alone,
  eachItem,
  type Findings,
  invalid,
  NOTHING,
  notSupported,
  optionalOneOf,
  repeated,
  required,
} from "../validation.ts";
import { validateWebhookClient } from "./webhook-client.ts";
import type { Webhook, WebhookConfiguration } from "./webhook-configuration.ts";

/** What is wrong with the webhooks of a configuration (`pkg/apis/admissionregistration/validation`). */
export function validateWebhooks({ webhooks }: WebhookConfiguration): Findings {
  return [
    ...eachItem(webhooks, (webhook, index) => checkWebhook(webhook, `webhooks[${index}]`)),
    ...repeated(
      webhooks,
      ({ name }) => name,
      (index) => `webhooks[${index}].name`,
    ),
  ];
}

function checkWebhook(webhook: Webhook, path: string): Findings {
  const { rules, sideEffects, timeoutSeconds, namespaceSelector, objectSelector, clientConfig } = webhook;
  const effects = ["None", "NoneOnDryRun"];
  return [
    ...domainName(`${path}.name`, webhook.name ?? ""),
    ...eachItem(rules, (rule, index) => validateAdmissionRule(rule, `${path}.rules[${index}]`)),
    ...optionalOneOf(`${path}.failurePolicy`, webhook.failurePolicy, ["Fail", "Ignore"]),
    ...optionalOneOf(`${path}.matchPolicy`, webhook.matchPolicy, ["Equivalent", "Exact"]),
    ...(sideEffects === undefined
      ? [required(`${path}.sideEffects`, `must specify one of ${effects.join(", ")}`)]
      : optionalOneOf(`${path}.sideEffects`, sideEffects, effects)),
    ...(timeoutSeconds !== undefined && (timeoutSeconds > 30 || timeoutSeconds < 1)
      ? [invalid(`${path}.timeoutSeconds`, timeoutSeconds, "the timeout value must be between 1 and 30 seconds")]
      : NOTHING),
    ...(namespaceSelector === undefined
      ? NOTHING
      : validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`)),
    ...(objectSelector === undefined ? NOTHING : validateLabelSelector(objectSelector, `${path}.objectSelector`)),
    ...optionalOneOf(`${path}.reinvocationPolicy`, webhook.reinvocationPolicy, ["IfNeeded", "Never"]),
    ...validateWebhookClient(clientConfig ?? {}, `${path}.clientConfig`),
    ...checkVersions(webhook.admissionReviewVersions ?? [], `${path}.admissionReviewVersions`),
  ];
}

/** `validation.IsFullyQualifiedName`. */
function domainName(field: string, name: string): Findings {
  if (name === "") return [required(field)];
  const details = dns1123SubdomainErrors(name);
  if (details.length > 0) return [invalid(field, name, details.join(","))];
  const isLong = name.split(".").length >= 3;
  return isLong ? NOTHING : [invalid(field, name, "should be a domain with at least three segments separated by dots")];
}

type AdmissionRule = {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: string;
};

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

/** Which requests about which resources are meant, of a webhook or a policy (`validateRuleWithOperations`). */
export function validateAdmissionRule(rule: AdmissionRule, path: string): Findings {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  return [
    ...(operations.length === 0 ? [required(`${path}.operations`)] : NOTHING),
    ...alone(operations, `${path}.operations`, "operations"),
    ...eachItem(operations, (operation, index) =>
      OPERATIONS.includes(operation) ? NOTHING : [notSupported(`${path}.operations[${index}]`, operation, OPERATIONS)],
    ),
    ...(apiGroups.length === 0 ? [required(`${path}.apiGroups`)] : NOTHING),
    ...alone(apiGroups, `${path}.apiGroups`, "API groups"),
    ...(apiVersions.length === 0 ? [required(`${path}.apiVersions`)] : NOTHING),
    ...alone(apiVersions, `${path}.apiVersions`, "API versions"),
    ...eachItem(apiVersions, (version, index) => (version ? NOTHING : [required(`${path}.apiVersions[${index}]`)])),
    ...checkResources(resources, `${path}.resources`),
    ...optionalOneOf(`${path}.scope`, scope, ["*", "Cluster", "Namespaced"]),
  ];
}

/** Resources and subresources that do not say the same twice (`validateResources`). */
function checkResources(resources: readonly string[], path: string): Findings {
  const wholes = new Set<string>();
  const everywhere = new Set<string>();
  const each = eachItem(resources, (resource, index) => {
    const field = `${path}[${index}]`;
    if (resource === "") return [required(field)];
    const slash = resource.indexOf("/");
    if (slash < 0) return NOTHING;
    const [main, part] = [resource.slice(0, slash), resource.slice(slash + 1)];
    const findings = [
      ...(wholes.has(main)
        ? [invalid(field, resource, `if '${main}/*' is present, must not specify ${resource}`)]
        : NOTHING),
      ...(everywhere.has(part)
        ? [invalid(field, resource, `if '*/${part}' is present, must not specify ${resource}`)]
        : NOTHING),
    ];
    if (part === "*") wholes.add(main);
    if (main === "*") everywhere.add(part);
    return findings;
  });
  const hasPlain = resources.some((resource) => resource !== "*" && !resource.includes("/"));
  return [
    ...(resources.length === 0 ? [required(path)] : NOTHING),
    ...each,
    ...(resources.length > 1 && resources.includes("*/*")
      ? [invalid(path, resources, "if '*/*' is present, must not specify other resources")]
      : NOTHING),
    ...(resources.includes("*") && hasPlain
      ? [invalid(path, resources, "if '*' is present, must not specify other resources without subresources")]
      : NOTHING),
  ];
}

const ACCEPTED = ["v1", "v1beta1"];

function checkVersions(versions: readonly string[], path: string): Findings {
  if (versions.length === 0) return [required(path, `must specify one of ${ACCEPTED.join(", ")}`)];
  return [
    ...eachItem(versions, (version, index) =>
      versions.indexOf(version) < index
        ? [invalid(`${path}[${index}]`, version, "duplicate version")]
        : dns1035LabelErrors(version).map((detail) => invalid(`${path}[${index}]`, version, detail)),
    ),
    ...(versions.some((version) => ACCEPTED.includes(version))
      ? NOTHING
      : [invalid(path, versions, `must include at least one of ${ACCEPTED.join(", ")}`)]),
  ];
}
