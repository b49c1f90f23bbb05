import type { KubeObject, Unstructured } from "./object-meta.ts";

export type GroupVersionKind = { readonly group: string; readonly version: string; readonly kind: string };
export type GroupVersionResource = { readonly group: string; readonly version: string; readonly resource: string };

/**
 * The address of a kind and of its resource, known to every client: what a RESTMapping is upstream.
 * `T` is the object's type; it exists for the compiler only.
 */
export type Kind<T extends KubeObject = Unstructured> = GroupVersionKind & {
  readonly plural: string;
  readonly namespaced: boolean;
  readonly __object?: T;
};

/** The object type a {@link Kind} stands for. */
export type ObjectOf<K extends Kind<KubeObject>> = K extends Kind<infer T> ? T : never;

export function defineKind<T extends KubeObject = Unstructured>(address: {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}): Kind<T> {
  return address;
}

/** `v1`, `apps/v1`. */
export function apiVersionOf(address: { readonly group: string; readonly version: string }): string {
  return address.group === "" ? address.version : `${address.group}/${address.version}`;
}

/** Splits `apps/v1` or `v1`. */
export function parseApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf("/");
  if (slash < 0) return { group: "", version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `deployments.apps`, `pods`: the name of the resource in messages, RBAC and CRD names. */
export function groupResource(address: { readonly group: string; readonly plural: string }): string {
  return address.group === "" ? address.plural : `${address.plural}.${address.group}`;
}

/** `apps/v1/Deployment`: a key that is unique over kinds and versions. */
export function kindKey(address: GroupVersionKind): string {
  return `${address.group}/${address.version}/${address.kind}`;
}

/** The kind key an object itself states. */
export function kindKeyOfObject(object: { readonly apiVersion: string; readonly kind: string }): string {
  return object.apiVersion.includes("/")
    ? `${object.apiVersion}/${object.kind}`
    : `/${object.apiVersion}/${object.kind}`;
}

/** `namespace/name`, or `name` for cluster-scoped objects; unique within a kind. */
export function objectKey(metadata: { readonly namespace?: string | undefined; readonly name: string }): string {
  return metadata.namespace === undefined || metadata.namespace === ""
    ? metadata.name
    : `${metadata.namespace}/${metadata.name}`;
}

/** Splits what {@link objectKey} joined. */
export function parseObjectKey(key: string): { readonly namespace?: string; readonly name: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
