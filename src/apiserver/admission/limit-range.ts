import { type Container, LimitRange, type LimitRangeItem, type PodSpec, type ResourceList } from "../../api/index.ts";
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityToNumber,
  statusErrors,
  type Unstructured,
} from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { Call } from "../core.ts";
import type { Attributes } from "./attributes.ts";

const ANNOTATION = "kubernetes.io/limit-ranger";

type Resources = { readonly requests: ResourceList; readonly limits: ResourceList };

/** Whether limits are set on objects of a resource. */
export function concernsLimits({ kind }: Attributes["resource"]): boolean {
  return kind.group === "" && (kind.plural === "pods" || kind.plural === "persistentvolumeclaims");
}

/** Gives new pods what their namespace's LimitRanges say they ask for when they do not say (`plugin/pkg/admission/limitranger`). */
export function withDefaultLimits(call: Call, attributes: Attributes): Unstructured | undefined {
  const { resource, object, namespace } = attributes;
  if (object === undefined || resource.kind.plural !== "pods" || !setsResources(attributes)) return object;
  return call.core.state.list(LimitRange, namespace).reduce((pod, range) => withDefaults(pod, itemsOf(range)), object);
}

/** Whether a write may say what is asked for: of a pod its creation and its resizes alone. */
function setsResources({ resource, operation, subresource }: Attributes): boolean {
  if (resource.kind.plural === "pods" && operation === "UPDATE") return subresource === "resize";
  return operation !== "DELETE" && subresource === "";
}

function itemsOf({ spec }: LimitRange): readonly LimitRangeItem[] {
  return (spec?.limits ?? []).map((item) => (item.type === "Container" ? completeItem(item) : item));
}

/** What is not given follows from what is: the default limit from the maximum, the default request from both. */
function completeItem(item: LimitRangeItem): LimitRangeItem {
  const limits = { ...item.max, ...item.default };
  return { ...item, default: limits, defaultRequest: { ...item.min, ...limits, ...item.defaultRequest } };
}

function withDefaults(pod: Unstructured, items: readonly LimitRangeItem[]): Unstructured {
  const [defaults] = items.filter(({ type }) => type === "Container");
  const spec = pod.spec as PodSpec | undefined;
  if (defaults === undefined || spec === undefined) return pod;
  const notes: string[] = [];
  const complete =
    (role: string) =>
    (container: Container): Container => {
      const { requests = {}, limits = {} } = container.resources ?? {};
      const requested = missing(defaults.defaultRequest, requests);
      const limited = missing(defaults.default, limits);
      const set = [
        ...(Object.keys(requested).length > 0 ? [`${Object.keys(requested).sort().join(", ")} request`] : []),
        ...(Object.keys(limited).length > 0 ? [`${Object.keys(limited).sort().join(", ")} limit`] : []),
      ];
      notes.push(...set.map((what) => `${what} for ${role} ${container.name}`));
      if (set.length === 0) return container;
      const resources = {
        ...container.resources,
        requests: { ...requested, ...requests },
        limits: { ...limited, ...limits },
      };
      return { ...container, resources };
    };
  const containers = spec.containers.map(complete("container"));
  const initContainers = spec.initContainers?.map(complete("init container"));
  if (notes.length === 0) return pod;
  const annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join("; ")}` };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...spec, containers, ...(initContainers === undefined ? {} : { initContainers }) },
  };
}

function missing(defaults: ResourceList | undefined, stated: ResourceList): ResourceList {
  return Object.fromEntries(Object.entries(defaults ?? {}).filter(([name]) => stated[name] === undefined));
}

/** Refuses pods and claims that ask for more or less than their namespace's LimitRanges allow. */
export function checkLimits(call: Call, attributes: Attributes): void {
  const { resource, object, namespace, name } = attributes;
  if (object === undefined || !setsResources(attributes)) return;
  const isPod = resource.kind.plural === "pods";
  for (const range of call.core.state.list(LimitRange, namespace)) {
    const errors = itemsOf(range).flatMap((item) => (isPod ? podErrors(item, object) : claimErrors(item, object)));
    if (errors.length > 0)
      throw statusErrors.forbidden(
        resource.kind,
        name,
        errors.length === 1 ? (errors[0] ?? "") : `[${errors.join(", ")}]`,
      );
  }
}

function podErrors(item: LimitRangeItem, { spec }: Unstructured): readonly string[] {
  const { containers = [], initContainers = [], resources = {} } = (spec ?? {}) as Partial<PodSpec>;
  if (item.type === "Container")
    return [...containers, ...initContainers].flatMap((container) => constraintErrors(item, resourcesOf(container)));
  return item.type === "Pod" ? constraintErrors(item, podResources(containers, initContainers, resources)) : [];
}

function claimErrors(item: LimitRangeItem, { spec }: Unstructured): readonly string[] {
  if (item.type !== "PersistentVolumeClaim") return [];
  const resources = isRecord(spec) && isRecord(spec.resources) ? spec.resources : {};
  const requests = (isRecord(resources.requests) ? resources.requests : {}) as ResourceList;
  // What a claim states as its limit counts for nothing.
  return [
    ...each(item.min, (name, bound) => minimumError(item.type, name, bound, { requests, limits: {} })),
    ...each(item.max, (name, bound) => maximumRequestError(item.type, name, bound, requests)),
  ];
}

function resourcesOf({ resources }: Container): Resources {
  return { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} };
}

/** What the pod itself states holds in place of what its containers come to (pod-level resources). */
const OF_PODS = /^(?:cpu|memory|hugepages-.*)$/;

function podResources(
  containers: readonly Container[],
  initContainers: readonly Container[],
  own: Partial<Resources>,
): Resources {
  const total = (list: keyof Resources): ResourceList => {
    const of = (container: Container): ResourceList => resourcesOf(container)[list];
    let sum = containers.map(of).reduce((left, right) => combined(left, right, addQuantities), {});
    let [beside, peak]: [ResourceList, ResourceList] = [{}, {}];
    for (const container of initContainers) {
      const together = combined(beside, of(container), addQuantities);
      if (container.restartPolicy === "Always") {
        sum = combined(sum, of(container), addQuantities);
        beside = together;
      }
      peak = combined(peak, together, larger);
    }
    const stated = Object.entries(own[list] ?? {}).filter(([name]) => OF_PODS.test(name));
    return { ...combined(sum, peak, larger), ...Object.fromEntries(stated) };
  };
  return { requests: total("requests"), limits: total("limits") };
}

function larger(left: Quantity, right: Quantity): Quantity {
  return compareQuantities(left, right) >= 0 ? left : right;
}

function combined(
  left: ResourceList,
  right: ResourceList,
  join: (left: Quantity, right: Quantity) => Quantity,
): ResourceList {
  const result: Record<string, string> = { ...left } as Record<string, string>;
  for (const [name, text] of Object.entries(right)) {
    const other = result[name];
    const quantity = parseQuantity(text);
    result[name] = other === undefined ? String(text) : formatQuantity(join(parseQuantity(other), quantity));
  }
  return result;
}

function constraintErrors(
  { type, min, max, maxLimitRequestRatio }: LimitRangeItem,
  held: Resources,
): readonly string[] {
  return [
    ...each(min, (name, bound) => minimumError(type, name, bound, held)),
    ...each(max, (name, bound) => maximumError(type, name, bound, held)),
    ...each(maxLimitRequestRatio, (name, bound) => ratioError(type, name, bound, held)),
  ];
}

function each(
  bounds: ResourceList | undefined,
  check: (name: string, bound: Quantity) => string | undefined,
): readonly string[] {
  return Object.keys(bounds ?? {})
    .sort()
    .map((name) => check(name, parseQuantity(bounds?.[name] ?? "0")))
    .filter((error) => error !== undefined);
}

function quantityIn(list: ResourceList, name: string): Quantity | undefined {
  const text = list[name];
  return text === undefined ? undefined : parseQuantity(text);
}

function minimumError(
  type: string,
  name: string,
  bound: Quantity,
  { requests, limits }: Resources,
): string | undefined {
  const [request, limit] = [quantityIn(requests, name), quantityIn(limits, name)];
  const usage = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (request === undefined) return `${usage}.  No request is specified`;
  if (compareQuantities(request, bound) < 0) return `${usage}, but request is ${formatQuantity(request)}`;
  if (limit !== undefined && compareQuantities(limit, bound) < 0)
    return `${usage}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function maximumError(
  type: string,
  name: string,
  bound: Quantity,
  { requests, limits }: Resources,
): string | undefined {
  const [request, limit] = [quantityIn(requests, name), quantityIn(limits, name)];
  const usage = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (limit === undefined) return `${usage}.  No limit is specified`;
  if (compareQuantities(limit, bound) > 0) return `${usage}, but limit is ${formatQuantity(limit)}`;
  if (request !== undefined && compareQuantities(request, bound) > 0)
    return `${usage}, but request is ${formatQuantity(request)}`;
  return undefined;
}

function maximumRequestError(type: string, name: string, bound: Quantity, requests: ResourceList): string | undefined {
  const request = quantityIn(requests, name);
  const usage = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (request === undefined) return `${usage}.  No request is specified`;
  return compareQuantities(request, bound) > 0 ? `${usage}, but request is ${formatQuantity(request)}` : undefined;
}

function ratioError(type: string, name: string, bound: Quantity, { requests, limits }: Resources): string | undefined {
  const [request, limit] = [quantityIn(requests, name), quantityIn(limits, name)];
  const allowed = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  if (request === undefined || request.nanos === 0n) return `${allowed}, but no request is specified or request is 0`;
  if (limit === undefined || limit.nanos === 0n) return `${allowed}, but no limit is specified or limit is 0`;
  const ratio = quantityToNumber(limit) / quantityToNumber(request);
  return ratio > quantityToNumber(bound) ? `${allowed}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
