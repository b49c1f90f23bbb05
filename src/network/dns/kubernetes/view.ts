import { labelsOf, lowerLabel } from "../name.ts";
import { isInZone, lowerName } from "../zone-names.ts";
import type { DnsZone, SelectsLabels } from "./zone.ts";

/** Which rules hold in a zone: those of Services, of imports, or of reverse names. */
export type ViewPart = "cluster" | "clusterset" | "reverse";

/** What one `kubernetes` (or `multicluster`) directive makes of what is known of the cluster. */
export type KubernetesView = {
  readonly zone: DnsZone;
  /** As zoneName writes them. */
  readonly zones: readonly { readonly name: string; readonly part: ViewPart }[];
  readonly ttl: number;
  readonly pods: "disabled" | "insecure" | "verified";
  readonly endpointPodNames: boolean;
  readonly noEndpoints: boolean;
  readonly ignoreEmptyService: boolean;
  /** Whether names of the namespace exist for this directive, by its name and labels. */
  readonly exposesNamespace: (name: string, labels: Readonly<Record<string, string>>) => boolean;
  /** The namespaces it is for, when it names them. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /** Which Services, slices and pods it lists, by their labels; all when absent. */
  readonly selects: SelectsLabels | undefined;
  /** Whether `ZONE.pin._zone.` and `ZONE.prefer._zone.` before a headless Service name its endpoints of a topology zone. */
  readonly zonal: boolean;
  /** How many names of its zone that are another's alias it follows in a row. */
  readonly aliasesMax: number;
  /** The addresses of the server itself, for NS answers; none for `multicluster`, which has no name servers. */
  readonly addresses: readonly string[];
  /** Whether its objects have been listed. */
  readonly isSynced: () => boolean;
};

/** The zone a question fell into: the rules that hold, and its labels in the case of the question. */
export type ZoneMatch = {
  readonly part: ViewPart;
  /** Labels left of the zone, lower case. */
  readonly labels: readonly string[];
  /** The zone's labels in the question's case. */
  readonly zone: readonly string[];
};

/** Finds the view's longest zone that a name falls into. */
export function matchZone(view: KubernetesView, name: string): ZoneMatch | undefined {
  const lower = lowerName(name);
  let best: KubernetesView["zones"][number] | undefined;
  for (const zone of view.zones)
    if (isInZone(lower, zone.name) && zone.name.length > (best?.name.length ?? 0)) best = zone;
  if (best === undefined) return undefined;
  const labels = labelsOf(name);
  const cut = labels.length - labelsOf(best.name).length;
  return { part: best.part, labels: labels.slice(0, cut).map(lowerLabel), zone: labels.slice(cut) };
}

/** Whether a namespace exists as far as the view goes. */
export function hasNamespace(view: KubernetesView, name: string): boolean {
  const labels = view.zone.namespaceLabels(name);
  return labels !== undefined && view.exposesNamespace(name, labels);
}
