import type { Request } from "../server/plugin.ts";
import { type KubernetesView, matchZone } from "./view.ts";

type Label = readonly [name: string, value: string];

/** What is known of a query and of the pod that asks it, for `metadata` (`plugin/kubernetes/metadata.go`). */
export function requestLabels(view: KubernetesView, { question, client }: Request): readonly Label[] {
  const [pod] = view.pods === "verified" ? view.zone.podKeysOfAddress(client.address, view.selects) : [];
  const [namespace = "", name = ""] = pod?.split("/") ?? [];
  const ofClient: readonly Label[] =
    pod === undefined
      ? []
      : [
          ["client-namespace", namespace],
          ["client-pod-name", name],
        ];
  const match = matchZone(view, question.name);
  const labels = [...ofClient, ...(match === undefined ? [] : partsOf(match.labels, view.zonal))];
  return labels.map(([label, value]) => [`kubernetes/${label}`, value]);
}

/** A name's labels before its zone, each with what it stands for there. */
function partsOf(labels: readonly string[], zonal: boolean): readonly Label[] {
  const [kind = "", namespace = "", service = "", ...left] = [...labels].reverse();
  const isKind = kind === "svc" || kind === "pod" || labels.length === 0;
  const isZonal = zonal && kind === "svc" && left[0] === "_zone" && (left[1] === "pin" || left[1] === "prefer");
  if (!isKind || (left.length > 2 && !isZonal)) return [["parse-error", "invalid query name"]];
  const isAlone = labels.length === 1;
  const [protocol = "", port = ""] = left.length === 2 ? left.map((label) => label.replace(/^_/, "")) : [];
  return [
    ["port-name", port],
    ["protocol", protocol],
    ["endpoint", left.length === 1 ? (left[0] as string) : ""],
    ...(zonal ? [["zone", isZonal ? left.slice(2).reverse().join(".") : ""] as const] : []),
    ["service", service],
    ["namespace", namespace],
    ["kind", isAlone ? "" : kind],
  ];
}
