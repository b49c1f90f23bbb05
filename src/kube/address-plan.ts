import { addressAt, assert, type Cidr, formatCidr, formatIp, networksIn, subnetAt } from "../std/index.ts";

/** How many bits the pods of one node share by default, as kube-controller-manager gives networks out. */
const NODE_MASK = { IPv4: 24, IPv6: 64 } as const;

/** The address `offset` places into a network; into the first, where there is one of each family. */
export function addressIn(cidr: string, offset: number): string {
  return addressesIn(cidr, offset)[0] ?? "";
}

/** The same in the network of each family. */
export function addressesIn(cidr: string, offset: number): readonly string[] {
  return networksIn(cidr).map((network) => formatIp(addressAt(network, offset)));
}

/** The part of the pods' networks that belongs to the `index`-th of `nodes` nodes. */
export function podNetworksOfNode(
  podCIDR: string,
  { index, nodes }: { readonly index: number; readonly nodes: number },
) {
  return networksIn(podCIDR)
    .map((network) => formatCidr(subnetOf(network, subnetBits(network, nodes), index)))
    .join(",");
}

function subnetOf(network: Cidr, bits: number, index: number): Cidr {
  assert(
    (index + 1) * 2 ** (network.bits - bits) <= 1,
    `${formatCidr(network)} must hold ${index + 1} subnets of /${bits}`,
  );
  return subnetAt(network, bits, index);
}

/** A /24 (or /64) per node, or less where the range is too small for that many nodes. */
function subnetBits({ base, bits }: Cidr, nodes: number): number {
  return Math.max(NODE_MASK[base.family], bits + Math.ceil(Math.log2(nodes)));
}
