import type { FaultPlan } from "../../sim/index.ts";
import type { Crossing } from "./packet.ts";

/** How one link between two clusters behaves. */
export type Link = {
  /** Whether the pod networks of the two are routed to each other; node addresses always are. */
  readonly routed: boolean;
  /** Whether what is routed goes through gateways, which put their own address in the place of the sender's. */
  readonly gateway: boolean;
  /** Whether the addresses of Services are routed as those of pods are, to the kube-proxy at the other end (Submariner). */
  readonly services: boolean;
  /** One way. */
  readonly latencyMs: number;
  /** The share of packets lost, from 0 to 1. */
  readonly loss: number;
};

/** Flat, at once and without loss: what links are like unless told otherwise, and what it is like within a cluster. */
export const PLAIN_LINK: Link = { routed: true, gateway: false, services: false, latencyMs: 0, loss: 0 };

/** The links between clusters: what is configured, under what the fault plan lets through. Links are symmetric; cuts are not. */
export class Links {
  readonly #faults: FaultPlan;
  readonly #links = new Map<string, Link>();
  #usual: Link;

  constructor(faults: FaultPlan, usual: Link) {
    this.#faults = faults;
    this.#usual = usual;
  }

  /** What holds for all links not set apart. */
  setUsual(change: Partial<Link>): void {
    this.#usual = { ...this.#usual, ...change };
  }

  set(left: string, right: string, change: Partial<Link>): void {
    this.#links.set(pair(left, right), { ...this.between(left, right), ...change });
  }

  /** Within a cluster everything is routed, at once; the world outside is as near as may be unless a link says how far. */
  between(left: string, right: string): Link {
    if (left === right) return PLAIN_LINK;
    return this.#links.get(pair(left, right)) ?? (left === "outside" || right === "outside" ? PLAIN_LINK : this.#usual);
  }

  /** Whether a conversation between the two is possible: packets must arrive both ways. */
  connected(from: string, to: string): boolean {
    return this.#faults.reachable(from, to) && this.#faults.reachable(to, from);
  }

  /** Whether packets still go over a link as they once did. */
  carry({ from, to, routed }: Crossing): boolean {
    return this.connected(from, to) && (!routed || this.between(from, to).routed);
  }
}

function pair(left: string, right: string): string {
  return left < right ? `${left}|${right}` : `${right}|${left}`;
}
