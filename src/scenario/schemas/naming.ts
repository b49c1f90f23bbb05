import type { ApiGroup, Model } from "./models.ts";

/** The components of one group version, by model class, and the prefix of their OpenAPI names. */
export type Namespace = {
  readonly file: string;
  readonly group: string;
  readonly version: string;
  readonly prefix: string;
  readonly classNames: readonly string[];
};

/** File name of what belongs to no group: `k8s.io/apimachinery`'s types. */
export const META_FILE = "meta";
const META_PREFIX = "io.k8s.apimachinery.pkg.apis.meta.v1";
const META_ROOTS = [
  "APIGroup",
  "APIGroupList",
  "APIResource",
  "APIResourceList",
  "APIVersions",
  "Condition",
  "DeleteOptions",
  "LabelSelector",
  "ListMeta",
  "ObjectMeta",
  "Status",
  "WatchEvent",
].map((name) => `V1${name}`);

/** Kinds met only as subresources of other groups. */
const STRAYS: Readonly<Record<string, readonly string[]>> = {
  "autoscaling/v1": ["V1Scale"],
  "policy/v1": ["V1Eviction"],
  "authentication.k8s.io/v1": ["AuthenticationV1TokenRequest"],
};

/**
 * Finds the home of every class, which its name does not tell: a class belongs to the first that reaches it of meta, the strays,
 * the core group, which refers to no other, and the remaining groups.
 */
export function assignNamespaces(
  models: ReadonlyMap<string, Model>,
  groups: readonly ApiGroup[],
): readonly Namespace[] {
  const taken = new Set<string>();
  const claim = (roots: readonly string[]): string[] => claimReachable(models, roots, taken);
  const meta: Namespace = {
    file: META_FILE,
    group: "",
    version: "v1",
    prefix: META_PREFIX,
    classNames: claim(META_ROOTS),
  };
  const strays = new Map(Object.entries(STRAYS).map(([groupVersion, roots]) => [groupVersion, claim(roots)]));
  const coreFirst = [...groups].sort((left, right) => Number(right.group === "") - Number(left.group === ""));
  const namespaces = coreFirst.map((group): Namespace => {
    const groupVersion = group.group === "" ? group.version : `${group.group}/${group.version}`;
    const own = group.classNames.filter((className) => versionOf(className) === group.version);
    return {
      file: groupVersionFile(groupVersion),
      group: group.group,
      version: group.version,
      prefix: prefixOf(group.group, group.version),
      classNames: [...(strays.get(groupVersion) ?? []), ...claim(own)],
    };
  });
  return [meta, ...namespaces];
}

/** `apps/v1` is kept in `apps_v1`, `v1` in `v1`. */
export function groupVersionFile(groupVersion: string): string {
  return groupVersion.replace("/", "_");
}

/** The kind, or type, a class stands for: `CoreV1EventList` is `EventList`. */
export function typeNameOf(className: string): string {
  return CLASS_NAME.exec(className)?.[3] ?? className;
}

/** Classes named in a recorded type: `Array<V1Container>`. */
export function classesIn(type: string): readonly string[] {
  return type.match(/\b(?:[A-Z][a-z]+)?V\d+(?:(?:alpha|beta)\d+)?[A-Z]\w*/g) ?? [];
}

const CLASS_NAME = /^([A-Z][a-z]+)?(V\d+(?:(?:alpha|beta)\d+)?)([A-Z]\w*)$/;

function versionOf(className: string): string | undefined {
  return CLASS_NAME.exec(className)?.[2]?.toLowerCase();
}

function prefixOf(group: string, version: string): string {
  if (group === "apiextensions.k8s.io") return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${version}`;
  if (group === "apiregistration.k8s.io") return `io.k8s.kube-aggregator.pkg.apis.apiregistration.${version}`;
  return `io.k8s.api.${group === "" ? "core" : group.split(".")[0]}.${version}`;
}

function claimReachable(models: ReadonlyMap<string, Model>, roots: readonly string[], taken: Set<string>): string[] {
  const claimed: string[] = [];
  const pending = [...roots];
  for (let className = pending.pop(); className !== undefined; className = pending.pop()) {
    const model = models.get(className);
    if (model === undefined || taken.has(className)) continue;
    taken.add(className);
    claimed.push(className);
    for (const field of model.fields) pending.push(...classesIn(field.type));
  }
  return claimed.sort();
}
