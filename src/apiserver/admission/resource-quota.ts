import {
  addQuotaAmounts,
  missingForQuota,
  type QuotaAmounts,
  quotaCovers,
  quotaKind,
  quotaUsage,
} from "../../algorithms/index.ts";
import { type PodSpec, type ResourceList, ResourceQuota } from "../../api/index.ts";
import {
  compareQuantities,
  formatQuantity,
  type KubeObject,
  parseQuantity,
  type StatusError,
  statusErrors,
  subtractQuantities,
  type Unstructured,
} from "../../apimachinery/index.ts";
import type { Call } from "../core.ts";
import { writeNext } from "../verbs/update.ts";
import type { Attributes } from "./attributes.ts";

/** Kinds whose updates may take more than before. */
const GROWING = ["services", "persistentvolumeclaims", "pods/resize"];

/**
 * Charges a write to the quotas of its namespace, or refuses it. What is used and what is allowed is read off the quotas' status:
 * a quota binds once its controller has looked at it (`k8s.io/apiserver/pkg/admission/plugin/resourcequota`).
 */
export function chargeQuotas(call: Call, attributes: Attributes): void {
  const { object, resource, namespace } = attributes;
  if (object === undefined || !resource.kind.namespaced || !mayTakeMore(attributes)) return;
  const quotas = call.core.state.list(ResourceQuota, namespace);
  const binding = quotas.filter((quota) => quotaCovers(quota, resource.kind, object as KubeObject));
  if (binding.length === 0) return;
  for (const quota of binding) checkStated(attributes, object, quota);
  const delta = requested(attributes, object);
  const charged = binding.map((quota) => charge(attributes, quota, delta)).filter((outcome) => outcome !== undefined);
  if (attributes.dryRun) return;
  for (const { quota, used } of charged) writeUsage(call, quota, used);
}

function mayTakeMore({ operation, subresource, resource: { kind } }: Attributes): boolean {
  if (operation !== "UPDATE") return operation !== "DELETE" && subresource === "";
  const what = subresource === "" ? kind.plural : `${kind.plural}/${subresource}`;
  return kind.group === "" && GROWING.includes(what);
}

/** What the write takes beyond what the object took before. */
function requested({ resource, oldObject }: Attributes, object: Unstructured): QuotaAmounts {
  const after = quotaUsage(resource.kind, object as KubeObject);
  const before = oldObject === undefined ? {} : quotaUsage(resource.kind, oldObject as KubeObject);
  const entries = Object.entries(after).map(([name, amount]) => {
    const earlier = before[name];
    return [name, earlier === undefined ? amount : subtractQuantities(amount, earlier)] as const;
  });
  return Object.fromEntries(entries.filter(([, { nanos }]) => nanos > 0n));
}

type Charged = { readonly quota: ResourceQuota; readonly used: ResourceList };

/** What of a quota concerns a kind. */
function concernedOf({ status }: ResourceQuota, { kind }: Attributes["resource"]): readonly string[] {
  return Object.keys(status?.hard ?? {}).filter((name) => {
    const { group, plural } = quotaKind(name);
    return group === kind.group && plural === kind.plural;
  });
}

/** Pods say how much they take of what any quota counts; that is looked at before anything is counted. */
function checkStated(attributes: Attributes, object: Unstructured, quota: ResourceQuota): void {
  const { resource, operation } = attributes;
  if (resource.kind.group !== "" || resource.kind.plural !== "pods" || operation !== "CREATE") return;
  const missing = missingForQuota(object.spec as PodSpec, concernedOf(quota, resource));
  if (missing !== undefined) throw refusal(attributes, `failed quota: ${quota.metadata.name}: must specify ${missing}`);
}

function charge(attributes: Attributes, quota: ResourceQuota, delta: QuotaAmounts): Charged | undefined {
  const hard = amountsOf(quota.status?.hard);
  const used = amountsOf(quota.status?.used);
  const concerned = concernedOf(quota, attributes.resource);
  if (concerned.length === 0) return undefined;
  const { name } = quota.metadata;
  const unknown = concerned.filter((resource) => used[resource] === undefined);
  if (unknown.length > 0)
    throw refusal(attributes, `status unknown for quota: ${name}, resources: ${[...concerned].sort().join(",")}`);
  const asked = Object.fromEntries(Object.entries(delta).filter(([resource]) => hard[resource] !== undefined));
  if (Object.keys(asked).length === 0) return undefined;
  const next = addQuotaAmounts(used, asked);
  const exceeded = Object.keys(asked).filter((resource) => exceeds(next, hard, resource));
  if (exceeded.length > 0)
    throw refusal(
      attributes,
      `exceeded quota: ${name}, requested: ${shown(asked, exceeded)}, used: ${shown(used, exceeded)}, limited: ${shown(hard, exceeded)}`,
    );
  return {
    quota,
    used: Object.fromEntries(Object.entries(next).map(([key, amount]) => [key, formatQuantity(amount)])),
  };
}

function exceeds(amounts: QuotaAmounts, hard: QuotaAmounts, name: string): boolean {
  const [amount, limit] = [amounts[name], hard[name]];
  return amount !== undefined && limit !== undefined && compareQuantities(amount, limit) > 0;
}

function amountsOf(list: ResourceList | undefined): QuotaAmounts {
  return Object.fromEntries(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
}

function shown(amounts: QuotaAmounts, names: readonly string[]): string {
  return [...names]
    .sort()
    .map((name) => {
      const amount = amounts[name];
      return `${name}=${amount === undefined ? "0" : formatQuantity(amount)}`;
    })
    .join(",");
}

function refusal({ resource, name }: Attributes, message: string): StatusError {
  return statusErrors.forbidden(resource.kind, name, message);
}

function writeUsage(call: Call, { metadata }: ResourceQuota, used: ResourceList): void {
  const { core } = call;
  const quotas = core.registry.lookup(ResourceQuota);
  const present = quotas?.get(metadata.namespace, metadata.name);
  if (quotas === undefined || present === undefined) return;
  const status = { ...(present.status as Readonly<Record<string, unknown>> | undefined), used };
  const scope = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
  const request = {
    verb: "update",
    kind: ResourceQuota,
    name: metadata.name,
    subresource: "status",
    ...scope,
  } as const;
  writeNext({ ...call, resource: quotas, request, options: {}, unchecked: true }, present, { ...present, status });
}
