import { isRecord } from "../../std/index.ts";

/** An entry of an APIResourceList. */
type ListedResource = {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
};

/** What another server serves of a group version. */
export type ForeignResources = { readonly listed: readonly ListedResource[]; readonly isStale: boolean };

export const NO_RESOURCES: ForeignResources = { listed: [], isStale: true };

/** Reads a server's APIResourceList. What is none serves nothing. */
export function readResources(body: string): ForeignResources {
  let list: unknown;
  try {
    list = JSON.parse(body);
  } catch {
    return { listed: [], isStale: false };
  }
  const resources = isRecord(list) && Array.isArray(list.resources) ? list.resources : [];
  const listed = resources.filter((one): one is ListedResource => isRecord(one) && typeof one.name === "string");
  return { listed, isStale: false };
}

type Discovered = Record<string, unknown> & { readonly resource: string; subresources?: unknown[] };

/** The same resources as aggregated discovery tells them (`ConvertGroupVersionIntoToDiscovery`). */
export function discoveredResources({ listed }: ForeignResources): readonly unknown[] {
  const found = new Map<string, Discovered>();
  for (const resource of listed) if (!resource.name.includes("/")) found.set(resource.name, discovered(resource));
  for (const part of listed) {
    const slash = part.name.indexOf("/");
    if (slash < 0) continue;
    const owner = part.name.slice(0, slash);
    const parent = found.get(owner) ?? {
      resource: owner,
      responseKind: NO_KIND,
      scope: scopeOf(part),
      singularResource: "",
      verbs: null,
    };
    found.set(owner, parent);
    const subresource = {
      subresource: part.name.slice(slash + 1),
      responseKind: kindOf(part),
      verbs: part.verbs ?? [],
    };
    parent.subresources = [...(parent.subresources ?? []), subresource];
  }
  return [...found.values()];
}

const NO_KIND = { group: "", version: "", kind: "" } as const;

function discovered(resource: ListedResource): Discovered {
  const { name, singularName = "", verbs = [], shortNames, categories } = resource;
  return {
    resource: name,
    responseKind: kindOf(resource),
    scope: scopeOf(resource),
    singularResource: singularName,
    verbs,
    ...(shortNames === undefined ? {} : { shortNames }),
    ...(categories === undefined ? {} : { categories }),
  };
}

function kindOf({ group = "", version = "", kind = "" }: ListedResource): object {
  return { group, version, kind };
}

function scopeOf({ namespaced }: ListedResource): "Namespaced" | "Cluster" {
  return namespaced === true ? "Namespaced" : "Cluster";
}
