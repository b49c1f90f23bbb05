import { type KubeObject, matchesLabelSelector, parseApiVersion, type Unstructured } from "../../apimachinery/index.ts";
import type { ServerCore } from "../core.ts";
import type { Resource } from "../resource.ts";
import type { Attributes } from "./attributes.ts";
import type { ParamRef, PolicySpec } from "./policy-types.ts";

/** The parameters of a binding, one evaluation each; a text says why they cannot be had. `null` stands for none. */
export function paramsOf(
  { paramKind }: PolicySpec,
  paramRef: ParamRef | undefined,
  { resource, namespace }: Attributes,
  core: ServerCore,
): readonly (KubeObject | null)[] | string {
  if (paramKind === undefined) return [null];
  const kinds = resourceOf(paramKind, core);
  if (paramRef === undefined) return [null];
  if (kinds === undefined)
    return `paramKind kind \`${paramKind.apiVersion ?? ""}, Kind=${paramKind.kind ?? ""}\` not known`;
  if (!kinds.kind.namespaced && paramRef.namespace)
    return "paramRef.namespace must not be provided for a cluster-scoped `paramKind`";
  const within = paramRef.namespace || (resource.kind.namespaced ? namespace : "");
  if (kinds.kind.namespaced && within === "")
    return "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources";
  const params = selected(kinds, within, paramRef);
  if (params.length === 0 && paramRef.parameterNotFoundAction === "Deny")
    return "no params found for policy binding with `Deny` parameterNotFoundAction";
  return params;
}

function selected(resource: Resource, namespace: string, { name, selector }: ParamRef): readonly Unstructured[] {
  const within = resource.kind.namespaced ? namespace : undefined;
  if (name) {
    const object = resource.get(within, name);
    return object === undefined ? [] : [object];
  }
  return resource.list(within).filter((object) => matchesLabelSelector(selector ?? {}, object.metadata.labels));
}

function resourceOf(
  { apiVersion = "", kind }: NonNullable<PolicySpec["paramKind"]>,
  core: ServerCore,
): Resource | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  return core.registry
    .resources()
    .find(
      (resource) => resource.kind.group === group && resource.kind.version === version && resource.kind.kind === kind,
    );
}
