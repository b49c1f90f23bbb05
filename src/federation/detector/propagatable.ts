import { clusterOfExecutionSpace, karmadaNamespaces } from "../../api/index.ts";
import { apiVersionOf, type Kind, type KubeObject } from "../../apimachinery/index.ts";

type AnyKind = Kind<KubeObject>;

/** Which APIs and namespaces are never propagated, beside Karmada's own. */
export type SkippedResources = {
  /** `--skipped-propagating-apis`: groups, group/versions, or group/version/Kinds. */
  readonly apis?: readonly string[];
  /** `--skipped-propagating-namespaces`: regular expressions that match the whole name; `kube-.*` by default. */
  readonly namespaces?: readonly string[];
};

const KARMADA_GROUPS: ReadonlySet<string> = new Set([
  "cluster.karmada.io",
  "policy.karmada.io",
  "work.karmada.io",
  "config.karmada.io",
  "networking.karmada.io",
  "autoscaling.karmada.io",
  "remedy.karmada.io",
  "apps.karmada.io",
]);
const NEEDED_VERBS = ["list", "watch", "delete"];

/** The kinds the detector watches: of each resource the preferred version, if it can be listed, watched and deleted. */
export function propagatableKinds(discovered: readonly AnyKind[], skipped: SkippedResources): readonly AnyKind[] {
  const apis = new Set(skipped.apis ?? []);
  const seen = new Set<string>();
  return discovered.filter((kind) => {
    const resource = `${kind.group}/${kind.plural}`;
    if (seen.has(resource) || isSkipped(kind, apis) || !hasVerbs(kind)) return false;
    seen.add(resource);
    return true;
  });
}

/** Whether objects of a namespace are propagated, as a function that remembers its answers' patterns. */
export function namespaceFilter(skipped: SkippedResources): (namespace: string) => boolean {
  const patterns = (skipped.namespaces ?? ["kube-.*"]).map((pattern) => new RegExp(`^(?:${pattern})$`));
  return (namespace) =>
    namespace !== karmadaNamespaces.system &&
    namespace !== karmadaNamespaces.cluster &&
    clusterOfExecutionSpace(namespace) === undefined &&
    !patterns.some((pattern) => pattern.test(namespace));
}

function isSkipped(kind: AnyKind, apis: ReadonlySet<string>): boolean {
  const { group } = kind;
  if (KARMADA_GROUPS.has(group) || group === "events.k8s.io" || group === "coordination.k8s.io") return true;
  if (group === "" && kind.kind === "Event") return true;
  return apis.has(group) || apis.has(apiVersionOf(kind)) || apis.has(`${apiVersionOf(kind)}/${kind.kind}`);
}

/** Kinds that come from discovery tell their verbs. */
function hasVerbs(kind: AnyKind & { readonly verbs?: readonly string[] }): boolean {
  return kind.verbs === undefined || NEEDED_VERBS.every((verb) => kind.verbs?.includes(verb));
}
