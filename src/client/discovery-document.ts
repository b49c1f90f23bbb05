import type { DiscoveredKind } from "./port.ts";

/** What we read of an `apidiscovery.k8s.io/v2` APIGroupDiscoveryList. */
type GroupDiscoveryList = {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly { readonly version: string; readonly resources?: readonly ResourceDiscovery[] }[];
  }[];
};
type ResourceDiscovery = {
  readonly resource: string;
  readonly responseKind?: { readonly group?: string; readonly version?: string; readonly kind?: string };
  readonly scope?: "Namespaced" | "Cluster";
  readonly singularResource?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string }[];
};

/** The kinds an aggregated discovery document (of `/api` or `/apis`) tells of, in its order: preferred versions first. */
export function kindsOfDiscovery(document: unknown): readonly DiscoveredKind[] {
  const { items = [] } = document as GroupDiscoveryList;
  return items.flatMap((group) =>
    (group.versions ?? []).flatMap((version) =>
      (version.resources ?? []).map((resource) =>
        discoveredKind(group.metadata?.name ?? "", version.version, resource),
      ),
    ),
  );
}

function discoveredKind(group: string, version: string, resource: ResourceDiscovery): DiscoveredKind {
  const kind = resource.responseKind?.kind ?? "";
  return {
    group,
    version,
    kind,
    plural: resource.resource,
    namespaced: resource.scope === "Namespaced",
    verbs: resource.verbs ?? [],
    shortNames: resource.shortNames ?? [],
    singular: resource.singularResource ?? kind.toLowerCase(),
    categories: resource.categories ?? [],
    subresources: (resource.subresources ?? []).map((subresource) => subresource.subresource),
  };
}
