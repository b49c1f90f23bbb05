import type { Node } from "../../api/index.ts";
import { isConditionTrue } from "../../apimachinery/index.ts";
import { type Cidr, parseCidr } from "../../std/index.ts";
import { canonicalIp } from "../ip-address.ts";

/** A node as the network sees it. */
export type NodePlace = {
  readonly name: string;
  readonly zone: string | undefined;
  /** In the order its status lists them. */
  readonly addresses: readonly string[];
  /** The network of its pods. */
  readonly podNetwork: Cidr | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly ready: boolean;
  /** It is being deleted, or will be by the autoscaler: load balancers are told to let it go. */
  readonly leaving: boolean;
};

const TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler";
const ZONE_LABEL = "topology.kubernetes.io/zone";

export function nodePlace({ metadata, spec, status }: Node): NodePlace {
  const { conditions } = status ?? {};
  return {
    name: metadata.name,
    zone: metadata.labels?.[ZONE_LABEL],
    addresses: (status?.addresses ?? []).flatMap(({ address }) => canonicalIp(address) ?? []),
    podNetwork: spec?.podCIDR === undefined ? undefined : parseCidr(spec.podCIDR),
    labels: metadata.labels ?? {},
    leaving: metadata.deletionTimestamp !== undefined || (spec?.taints ?? []).some(({ key }) => key === TO_BE_DELETED),
    // A node nobody has judged is taken to be well.
    ready: conditions === undefined || isConditionTrue(conditions, "Ready"),
  };
}
