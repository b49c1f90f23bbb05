import { Namespace } from "../../api/index.ts";
import { type LabelSelector, matchesLabelSelector, type Unstructured } from "../../apimachinery/index.ts";
import type { ServerCore } from "../core.ts";
import { bucketName, type Resource } from "../resource.ts";
import type { Attributes } from "./attributes.ts";

/** RuleWithOperations and NamedRuleWithOperations of admissionregistration/v1. */
export type MatchRule = {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: string;
  readonly resourceNames?: readonly string[];
};

/** The resource a list of rules speaks of: the request's own, or an equal one of another version. */
export function matchedResource(
  rules: readonly MatchRule[],
  matchPolicy: string | undefined,
  attributes: Attributes,
  core: ServerCore,
): Resource | undefined {
  const own = attributes.resource;
  if (rules.some((rule) => ruleMatches(rule, attributes, own))) return own;
  if (matchPolicy === "Exact") return undefined;
  const bucket = bucketName(own.kind);
  const others = core.registry
    .resources()
    .filter((resource) => resource !== own && (bucketName(resource.kind) === bucket || resource.bucket === own.bucket));
  if (others.length === 0) return undefined;
  for (const rule of rules) {
    const equal = others.find((resource) => ruleMatches(rule, attributes, resource));
    if (equal !== undefined) return equal;
  }
  return undefined;
}

function ruleMatches(rule: MatchRule, attributes: Attributes, { kind }: Resource): boolean {
  const { operations = [], apiGroups = [], apiVersions = [], resourceNames = [] } = rule;
  return (
    includes(operations, attributes.operation) &&
    includes(apiGroups, kind.group) &&
    includes(apiVersions, kind.version) &&
    scopeMatches(rule.scope, attributes) &&
    (rule.resources ?? []).some((pattern) => resourceMatches(pattern, kind.plural, attributes.subresource)) &&
    (resourceNames.length === 0 || resourceNames.includes(attributes.name))
  );
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes("*") || list.includes(value);
}

function scopeMatches(scope: string | undefined, { resource }: Attributes): boolean {
  if (scope === "Namespaced") return resource.kind.namespaced;
  return scope !== "Cluster" || !resource.kind.namespaced;
}

/** A plural or a star, alone (then without subresources) or with a subresource or a star behind a slash. */
function resourceMatches(pattern: string, plural: string, subresource: string): boolean {
  const [wantedPlural = "", wantedSubresource = ""] = pattern.split("/");
  const pluralFits = wantedPlural === "*" || wantedPlural === plural;
  return pluralFits && (wantedSubresource === "*" || wantedSubresource === subresource);
}

/** Whether the labels of the object's namespace are selected; objects outside of namespaces always are. */
export function namespaceMatches(
  selector: LabelSelector | undefined,
  attributes: Attributes,
  core: ServerCore,
): boolean {
  if (isEmpty(selector)) return true;
  const { resource, object, oldObject } = attributes;
  if (resource.isNamespace && attributes.subresource === "")
    return matchesLabelSelector(selector, (object ?? oldObject)?.metadata.labels);
  if (!resource.kind.namespaced) return true;
  return matchesLabelSelector(selector, core.state.get(Namespace, attributes.namespace)?.metadata.labels);
}

/** Whether the labels of the object are selected, or were before; what has no metadata never is. */
export function objectMatches(selector: LabelSelector | undefined, { object, oldObject }: Attributes): boolean {
  if (isEmpty(selector)) return true;
  const isSelected = (side: Unstructured | undefined): boolean =>
    side?.metadata !== undefined && matchesLabelSelector(selector, side.metadata.labels);
  return isSelected(object) || isSelected(oldObject);
}

function isEmpty(selector: LabelSelector | undefined): boolean {
  return (
    selector === undefined ||
    (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
  );
}

/** Objects in the version another resource shows; the same when it is the request's own. */
export function inVersionOf(
  target: Resource,
  { resource }: Attributes,
  object: Unstructured | undefined,
): Unstructured | undefined {
  if (object === undefined || target === resource || object.apiVersion === target.apiVersion) return object;
  return target.present(resource.toStorage(object));
}

/** The configuration of admission itself is beyond its reach, or a mistake in it could not be mended. */
export function isAdmissionConfiguration({ kind }: Resource): boolean {
  return kind.group === "admissionregistration.k8s.io";
}
