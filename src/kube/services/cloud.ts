import { cidrContains, parseIp } from "../../std/index.ts";
import { addressIn } from "../address-plan.ts";

/** The cloud a cluster runs in, as far as its load balancers go. */
export type CloudConfig = {
  /** `none` leaves Services of type LoadBalancer pending. Others differ in whether they give addresses or names. */
  readonly provider: "generic" | "aws" | "azure" | "none";
  /** Where load balancers get their addresses: `192.0.2.0/24`, or a single address. */
  readonly pool: string;
  /** Where internal ones get theirs. */
  readonly internalPool: string;
  /** Whether `spec.loadBalancerIP` is heeded. */
  readonly loadBalancerIP: boolean;
  readonly protocols: readonly ("TCP" | "UDP" | "SCTP")[];
  /** The `loadBalancerClass`es that are its own, beside Services without one. */
  readonly classes: readonly string[];
  /** Addresses that were reserved, by the resource group they are in (`azure`). */
  readonly reserved: Readonly<Record<string, readonly string[]>>;
};

/** What is built in: an address for everyone. */
export const GENERIC_CLOUD: CloudConfig = {
  provider: "generic",
  pool: "198.18.0.0/25",
  internalPool: "192.168.0.0/26",
  loadBalancerIP: true,
  protocols: ["TCP", "UDP", "SCTP"],
  classes: [],
  reserved: {},
};

const SINGLE = 32;
/** Smaller pools have no address to spare for the ingress controller. */
const SPARE_BITS = 29;

/** The address of the cluster's ingress controller: the last of the pool but one; `undefined` where the pool is small. */
export function ingressAddress({ pool, provider }: CloudConfig): string | undefined {
  const bits = Number(pool.split("/")[1] ?? SINGLE);
  return provider === "none" || bits > SPARE_BITS ? undefined : addressIn(pool, 2 ** (SINGLE - bits) - 2);
}

/** The first address of a pool nobody has; `undefined` when all are taken. */
export function freeAddress(
  cloud: CloudConfig,
  pool: string,
  isTaken: (address: string) => boolean,
): string | undefined {
  const bits = Number(pool.split("/")[1] ?? SINGLE);
  const size = 2 ** (SINGLE - bits);
  const kept = ingressAddress(cloud);
  for (let offset = size > 2 ? 1 : 0; offset < (size > 2 ? size - 1 : size); offset++) {
    const address = addressIn(pool, offset);
    if (address !== kept && !isTaken(address)) return address;
  }
  return undefined;
}

/** Whether an address belongs to the cloud. */
export function ownsAddress({ pool, internalPool, reserved }: CloudConfig, address: string): boolean {
  const ip = parseIp(address);
  if (ip === undefined) return false;
  return (
    [pool, internalPool].some((cidr) => cidrContains(cidr, ip)) || Object.values(reserved).flat().includes(address)
  );
}
