import type { Node } from "../../api/index.ts";
import { isConditionTrue } from "../../apimachinery/index.ts";
import { canonicalIp } from "../ip-address.ts";

/** A node as the network sees it. */
export type NodePlace = {
  readonly name: string;
  readonly zone: string | undefined;
  /** In the order its status lists them. */
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly ready: boolean;
};

const ZONE_LABEL = "topology.kubernetes.io/zone";

export function nodePlace({ metadata, status }: Node): NodePlace {
  const { conditions } = status ?? {};
  return {
    name: metadata.name,
    zone: metadata.labels?.[ZONE_LABEL],
    addresses: (status?.addresses ?? []).flatMap(({ address }) => canonicalIp(address) ?? []),
    labels: metadata.labels ?? {},
    // A node nobody has judged is taken to be well.
    ready: conditions === undefined || isConditionTrue(conditions, "Ready"),
  };
}
