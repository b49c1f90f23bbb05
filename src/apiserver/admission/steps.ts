import {
  LimitRange,
  MutatingWebhookConfiguration,
  ResourceQuota,
  ValidatingWebhookConfiguration,
  type WebhookConfiguration,
} from "../../api/index.ts";
import type { Kind, KubeObject, Unstructured } from "../../apimachinery/index.ts";
import type { AdmissionCase } from "../admission-chain.ts";
import type { Call } from "../core.ts";
import type { Resource } from "../resource.ts";
import { type Attributes, attributesOf } from "./attributes.ts";
import { checkLimits, concernsLimits, withDefaultLimits } from "./limit-range.ts";
import { isAdmissionConfiguration } from "./match-rules.ts";
import { checkPodSecurity, concernsPodSecurity } from "./pod-security.ts";
import { PolicyPrograms, validateByPolicies } from "./policies.ts";
import {
  type AdmissionPolicy,
  type AdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "./policy-types.ts";
import { chargeQuotas } from "./resource-quota.ts";
import { HookList } from "./webhook-match.ts";
import { mutateByWebhooks, validateByWebhooks } from "./webhooks.ts";

/**
 * What every API server asks about writes beside the plugins it was given, in upstream's order: limits, mutating webhooks; then
 * limits, Pod Security, policies, validating webhooks, quotas. Each step costs a look at an empty bucket where nothing
 * is configured.
 */
export class AdmissionSteps {
  readonly #hooks = new HookList();
  readonly #programs = new PolicyPrograms();

  /** The object as the cluster wants it; `rework` is asked again when webhooks changed it. */
  mutate(
    call: Call,
    what: AdmissionCase,
    rework: (object: Unstructured | undefined) => Unstructured | undefined,
  ): Unstructured | undefined {
    const { resource, core } = call;
    const limited = concernsLimits(resource) && isConfigured(call, LimitRange);
    const configurations = isConfigured(call, MutatingWebhookConfiguration);
    if (!limited && !configurations) return what.object;
    const attributes = attributesOf(call, what);
    const object = limited ? withDefaultLimits(call, attributes) : what.object;
    if (!configurations || isAdmissionConfiguration(resource)) return object;
    const hooks = this.#hooks.of(listed(call, MutatingWebhookConfiguration), () => core.pool.rules.expressions);
    const asked = { ...attributes, object };
    const wiped = object === undefined ? undefined : submittedPart(call, attributes, object);
    if (wiped === undefined || object === undefined) return mutateByWebhooks(call, asked, hooks, rework);
    const submitted = without(object, wiped);
    const isNew = attributes.operation === "CREATE";
    const unnamed = { ...asked, object: submitted, name: submitted.metadata.name ?? "" };
    const mutated = mutateByWebhooks(call, unnamed, hooks, (changed) => {
      if (changed === undefined) return undefined;
      const reworked = rework(withFilled(object, changed, wiped, isNew));
      const filled = isNew ? wiped : wiped.filter((field) => !changed.metadata[field]);
      return reworked === undefined ? undefined : without(reworked, filled);
    });
    return mutated === submitted || mutated === undefined ? object : withFilled(object, mutated, wiped, isNew);
  }

  /** Refuses what the cluster does not want; all but quotas look before anything is written. */
  validate(call: Call, what: AdmissionCase): void {
    const { resource } = call;
    const limited = concernsLimits(resource) && isConfigured(call, LimitRange);
    const secured = concernsPodSecurity(resource);
    const policed = isConfigured(call, ValidatingAdmissionPolicyBinding);
    const hooked = isConfigured(call, ValidatingWebhookConfiguration);
    const counted = resource.kind.namespaced && isConfigured(call, ResourceQuota);
    if (!limited && !secured && !policed && !hooked && !counted) return;
    const attributes = attributesOf(call, what);
    if (limited) checkLimits(call, attributes);
    if (secured) checkPodSecurity(call, attributes);
    if (!isAdmissionConfiguration(resource)) this.#ask(call, attributes, { policed, hooked });
    if (!counted) return;
    // A charge is a write: what a converter still has to be asked is asked before it.
    if (resource.custom && what.object !== undefined) resource.toStorage(what.object, call.journal);
    chargeQuotas(call, attributes);
  }

  /** The options a connection is to be made with, as mutating webhooks want them; no other step concerns connections. */
  mutateConnection(call: Call, attributes: Attributes): Unstructured | undefined {
    if (!isConfigured(call, MutatingWebhookConfiguration)) return attributes.object;
    const hooks = this.#hooks.of(listed(call, MutatingWebhookConfiguration), () => call.core.pool.rules.expressions);
    return mutateByWebhooks(call, attributes, hooks, (same) => same);
  }

  /** Refuses a connection the cluster does not want. */
  validateConnection(call: Call, attributes: Attributes): void {
    const policed = isConfigured(call, ValidatingAdmissionPolicyBinding);
    const hooked = isConfigured(call, ValidatingWebhookConfiguration);
    if (policed || hooked) this.#ask(call, attributes, { policed, hooked });
  }

  #ask(call: Call, attributes: Attributes, what: { readonly policed: boolean; readonly hooked: boolean }): void {
    if (what.policed) {
      const policies = listed<AdmissionPolicy>(call, ValidatingAdmissionPolicy);
      const bindings = listed<AdmissionPolicyBinding>(call, ValidatingAdmissionPolicyBinding);
      validateByPolicies(call, attributes, { policies, bindings, programs: this.#programs });
    }
    if (!what.hooked) return;
    const configurations = listed<WebhookConfiguration>(call, ValidatingWebhookConfiguration);
    const hooks = this.#hooks.of(configurations, () => call.core.pool.rules.expressions);
    validateByWebhooks(call, attributes, hooks);
  }
}

type Filled = "name" | "uid" | "creationTimestamp" | "generation" | "resourceVersion";

/**
 * Mutating webhooks see what is created or replaced as the client sent it: what is named here the server fills in after them
 * (`rest.BeforeCreate`, generated names, `rest.BeforeUpdate`). `undefined` when they see all there is.
 */
function submittedPart(
  { request }: Call,
  { operation, subresource }: Attributes,
  object: Unstructured,
): readonly Filled[] | undefined {
  if (subresource !== "" || object.metadata === undefined) return undefined;
  const stated = request.object?.metadata;
  if (operation === "UPDATE" && request.verb === "update" && stated !== undefined)
    return (["uid", "creationTimestamp", "generation", "resourceVersion"] as const).filter((field) => !stated[field]);
  if (operation !== "CREATE") return undefined;
  const isNameGenerated = !stated?.name && request.name === undefined;
  return ["uid", "creationTimestamp", "generation", ...(isNameGenerated ? (["name"] as const) : [])];
}

function without(object: Unstructured, fields: readonly Filled[]): Unstructured {
  const metadata: { -readonly [Field in Filled]?: unknown } = { ...object.metadata };
  for (const field of fields) delete metadata[field];
  return { ...object, metadata: metadata as Unstructured["metadata"] };
}

/** What webhooks made of an object, complete again: what the server gives something new is not theirs to say, but for its name. */
function withFilled(
  prepared: Unstructured,
  object: Unstructured,
  fields: readonly Filled[],
  isNew: boolean,
): Unstructured {
  const stated = object.metadata as { readonly [Field in Filled]?: unknown };
  const metadata = Object.fromEntries(
    fields
      .filter((field) => prepared.metadata[field] !== undefined && (!stated[field] || (isNew && field !== "name")))
      .map((field) => [field, prepared.metadata[field]]),
  );
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

function resourceOf(call: Call, kind: Kind<KubeObject>): Resource | undefined {
  return call.core.registry.lookup(kind);
}

function isConfigured(call: Call, kind: Kind<KubeObject>): boolean {
  const bucket = resourceOf(call, kind)?.bucket;
  return bucket !== undefined && bucket.size > 0;
}

function listed<T extends KubeObject>(call: Call, kind: Kind<T>): readonly T[] {
  return (resourceOf(call, kind)?.list() ?? []) as readonly unknown[] as readonly T[];
}
