import type { Resource } from "../resource.ts";

/** Every verb a stored resource has. */
export const ALL_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** A subresource as discovery tells it. */
export type ServedSubresource = {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
};

const WRITE_VERBS = ["get", "patch", "update"];
const STREAM_VERBS = ["create", "get"];
/** What differs from the parent's kind and {@link WRITE_VERBS}; kinds and verbs as upstream's discovery tells them. */
const SUBRESOURCES: Readonly<
  Record<string, { readonly verbs: readonly string[]; readonly kind?: ServedSubresource["responseKind"] }>
> = {
  attach: { verbs: STREAM_VERBS, kind: { group: "", version: "v1", kind: "PodAttachOptions" } },
  binding: { verbs: ["create"], kind: { group: "", version: "v1", kind: "Binding" } },
  eviction: { verbs: ["create"], kind: { group: "policy", version: "v1", kind: "Eviction" } },
  exec: { verbs: STREAM_VERBS, kind: { group: "", version: "v1", kind: "PodExecOptions" } },
  finalize: { verbs: ["update"] },
  log: { verbs: ["get"] },
  portforward: { verbs: STREAM_VERBS, kind: { group: "", version: "v1", kind: "PodPortForwardOptions" } },
  proxy: { verbs: [...ALL_VERBS.slice(0, 2), "get", "patch", "update"] },
  token: { verbs: ["create"], kind: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" } },
};

/** The subresources of a resource, in the order discovery lists them. */
export function subresourcesOf(resource: Resource): readonly ServedSubresource[] {
  const { descriptor, kind } = resource;
  const own = { group: kind.group, version: kind.version, kind: kind.kind };
  const named = (descriptor.subresources ?? []).map((name) => {
    const special = SUBRESOURCES[name];
    const proxy = name === "proxy" ? { ...own, kind: `${kind.kind}ProxyOptions` } : undefined;
    return { name, verbs: special?.verbs ?? WRITE_VERBS, responseKind: special?.kind ?? proxy ?? own };
  });
  const scaleKind = { group: "autoscaling", version: "v1", kind: "Scale" };
  return [
    ...named,
    ...(descriptor.scale === undefined ? [] : [{ name: "scale", verbs: WRITE_VERBS, responseKind: scaleKind }]),
    ...(descriptor.status === true ? [{ name: "status", verbs: WRITE_VERBS, responseKind: own }] : []),
  ];
}
