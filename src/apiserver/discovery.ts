import { createHash } from "node:crypto";
import { apiVersionOf } from "../apimachinery/index.ts";
import { compareText } from "../std/index.ts";
import type { ForeignApi, ForeignApis } from "./aggregation/foreign-apis.ts";
import { discoveredResources, type ForeignResources } from "./aggregation/foreign-discovery.ts";
import type { Registry } from "./registry.ts";
import type { Resource } from "./resource.ts";
import { ALL_VERBS, subresourcesOf } from "./subresources/served.ts";

/** A document, and the tag under which a client may keep it. */
export type TaggedDocument = { readonly body: unknown; readonly hash: string };

type Documents = {
  readonly aggregated: Readonly<
    Record<"v2" | "v2beta1", { readonly core: TaggedDocument; readonly groups: TaggedDocument }>
  >;
  readonly legacy: ReadonlyMap<string, unknown>;
};

/** Discovery documents of what a server serves, made anew only when that changes. */
export class Discovery {
  readonly #registry: Registry;
  readonly #foreign: ForeignApis | undefined;
  #documents: Documents | undefined;
  #edition = "";

  constructor(registry: Registry, foreign: ForeignApis | undefined) {
    this.#registry = registry;
    this.#foreign = foreign;
  }

  /** `/api` as an APIGroupDiscoveryList of apidiscovery.k8s.io; both versions have the same shape. */
  aggregatedCore(version: "v2" | "v2beta1"): TaggedDocument {
    return this.#present().aggregated[version].core;
  }

  /** `/apis` as an APIGroupDiscoveryList. */
  aggregatedGroups(version: "v2" | "v2beta1"): TaggedDocument {
    return this.#present().aggregated[version].groups;
  }

  /** The unaggregated document of `/api`, `/apis`, `/apis/<group>` or a group version. */
  legacy(path: string): unknown {
    return this.#present().legacy.get(path);
  }

  /** All paths {@link legacy} knows. */
  paths(): readonly string[] {
    return [...this.#present().legacy.keys()];
  }

  #present(): Documents {
    const edition = `${this.#registry.edition}/${this.#foreign?.edition}`;
    if (this.#documents === undefined || this.#edition !== edition) {
      this.#documents = documentsOf(this.#registry.resources(), this.#foreign?.all() ?? []);
      this.#edition = edition;
    }
    return this.#documents;
  }
}

function isStored({ descriptor, isVirtual }: Resource): boolean {
  return !isVirtual && descriptor.verbs?.includes("get") !== false;
}

/** Changes when objects come to be stored otherwise (`k8s.io/apiserver/pkg/endpoints/discovery.StorageVersionHash`);
 * definitions are still written as v1beta1 upstream. */
function storageVersionHash({ kind, storageApiVersion, isCustomResourceDefinition }: Resource): string {
  const written = isCustomResourceDefinition ? "apiextensions.k8s.io/v1beta1" : storageApiVersion;
  const gvk = written.includes("/") ? written : `/${written}`;
  return createHash("sha256").update(`${gvk}/${kind.kind}`).digest().subarray(0, 8).toString("base64");
}

function tagged(body: unknown): TaggedDocument {
  return { body, hash: createHash("sha512").update(JSON.stringify(body)).digest("hex").toUpperCase() };
}

type GroupVersion = {
  readonly version: string;
  readonly resources: Resource[];
  /** What another server serves in place of this one. */
  foreign?: ForeignResources;
};
type Group = { readonly name: string; readonly versions: GroupVersion[] };

function documentsOf(resources: readonly Resource[], foreign: readonly ForeignApi[]): Documents {
  const groups = groupsOf(resources, foreign);
  const core = groups.filter((group) => group.name === "");
  const named = groups.filter((group) => group.name !== "");
  const legacy = new Map<string, unknown>();
  legacy.set("/api", {
    kind: "APIVersions",
    versions: core.flatMap((group) => group.versions.map(({ version }) => version)),
    serverAddressByClientCIDRs: [],
  });
  legacy.set("/apis", { kind: "APIGroupList", apiVersion: "v1", groups: named.map(apiGroup) });
  for (const group of named)
    legacy.set(`/apis/${group.name}`, { kind: "APIGroup", apiVersion: "v1", ...apiGroup(group) });
  for (const group of groups)
    for (const version of group.versions)
      legacy.set(pathOf(group.name, version.version), resourceList(group.name, version));
  const aggregated = (version: string): { readonly core: TaggedDocument; readonly groups: TaggedDocument } => ({
    core: tagged(discoveryList(core, version)),
    groups: tagged(discoveryList(named, version)),
  });
  return { aggregated: { v2: aggregated("v2"), v2beta1: aggregated("v2beta1") }, legacy };
}

function groupsOf(resources: readonly Resource[], foreign: readonly ForeignApi[]): Group[] {
  const groups = new Map<string, Group>();
  const versionOf = (name: string, version: string): GroupVersion => {
    const group = groups.get(name) ?? { name, versions: [] };
    groups.set(name, group);
    const present = group.versions.find((candidate) => candidate.version === version);
    if (present !== undefined) return present;
    const added = { version, resources: [] };
    group.versions.push(added);
    return added;
  };
  for (const resource of resources) versionOf(resource.kind.group, resource.kind.version).resources.push(resource);
  const priority = ({ registration: { spec } }: ForeignApi): number => spec.groupPriorityMinimum;
  for (const api of [...foreign].sort((left, right) => priority(right) - priority(left)))
    versionOf(api.group, api.version).foreign = api.resources;
  for (const group of groups.values()) {
    group.versions.sort((left, right) => compareVersions(left.version, right.version));
    // Upstream installs the paths of a version in alphabetical order; `kubectl get all` shows kinds in that order.
    for (const { resources } of group.versions)
      resources.sort((left, right) => compareText(left.kind.plural, right.kind.plural));
  }
  return [...groups.values()];
}

/** Preferred first: stable before beta before alpha, higher before lower (`k8s.io/apimachinery/pkg/version.CompareKubeAwareVersionStrings`). */
function compareVersions(left: string, right: string): number {
  const [leftRank, rightRank] = [rankOf(left), rankOf(right)];
  for (let index = 0; index < leftRank.length; index++) {
    const difference = (rightRank[index] ?? 0) - (leftRank[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

const STAGES: readonly (string | undefined)[] = ["alpha", "beta", undefined];

function rankOf(version: string): readonly [number, number, number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [-1, 0, 0];
  return [STAGES.indexOf(match[2]), Number(match[1]), Number(match[3] ?? 0)];
}

function discoveryList(groups: readonly Group[], version: string): unknown {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: group.name === "" ? {} : { name: group.name },
      versions: group.versions.map(({ version, resources, foreign }) => ({
        version,
        resources: foreign === undefined ? resources.map(resourceDiscovery) : discoveredResources(foreign),
        freshness: foreign?.isStale === true ? "Stale" : "Current",
      })),
    })),
  };
}

function resourceDiscovery(resource: Resource): unknown {
  const { descriptor, kind } = resource;
  // Built-in resources leave out the group version they are listed under; those of definitions state it.
  const shown = (of: { readonly group: string; readonly version: string; readonly kind: string }): object =>
    !resource.custom && of.group === kind.group && of.version === kind.version
      ? { group: "", version: "", kind: of.kind }
      : { group: of.group, version: of.version, kind: of.kind };
  const subresources = subresourcesOf(resource).map(({ name, verbs, responseKind }) => ({
    subresource: name,
    responseKind: shown(responseKind),
    verbs,
  }));
  return {
    resource: kind.plural,
    responseKind: shown(kind),
    scope: kind.namespaced ? "Namespaced" : "Cluster",
    singularResource: descriptor.singular,
    verbs: descriptor.verbs ?? ALL_VERBS,
    ...(descriptor.shortNames === undefined ? {} : { shortNames: descriptor.shortNames }),
    ...(descriptor.categories === undefined ? {} : { categories: descriptor.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function apiGroup(group: Group): object {
  const versions = group.versions.map(({ version }) => ({
    groupVersion: apiVersionOf({ group: group.name, version }),
    version,
  }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

function pathOf(group: string, version: string): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The unaggregated APIResourceList of a group version. */
function resourceList(group: string, version: GroupVersion): unknown {
  const own = version.resources.flatMap((resource) => {
    const { descriptor, kind } = resource;
    const main = {
      name: kind.plural,
      singularName: descriptor.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: descriptor.verbs ?? ALL_VERBS,
      ...(descriptor.shortNames === undefined ? {} : { shortNames: descriptor.shortNames }),
      ...(descriptor.categories === undefined ? {} : { categories: descriptor.categories }),
      ...(isStored(resource) ? { storageVersionHash: storageVersionHash(resource) } : {}),
    };
    const parts = subresourcesOf(resource).map(({ name, verbs, responseKind }) => ({
      name: `${kind.plural}/${name}`,
      singularName: "",
      namespaced: kind.namespaced,
      ...(responseKind.group === group ? {} : { group: responseKind.group, version: responseKind.version }),
      kind: responseKind.kind,
      verbs,
    }));
    return [main, ...parts];
  });
  return {
    kind: "APIResourceList",
    // The core group's list has never said what it is of.
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersionOf({ group, version: version.version }),
    resources: version.foreign?.listed ?? own,
  };
}
