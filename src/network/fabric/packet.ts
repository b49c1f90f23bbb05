import type { Listener } from "./hosts.ts";

/** The name of the place that is no cluster: clients and servers of the wide world. */
export const OUTSIDE = "outside";

/** Where a connection starts: in a pod, on a node (whose address it then has), or {@link OUTSIDE}. */
export type Origin = {
  readonly cluster: string;
  readonly address: string;
  /** All it has, of both families, when there are more. */
  readonly addresses?: readonly string[] | undefined;
  readonly nodeName?: string | undefined;
  readonly zone?: string | undefined;
};

export type Protocol = "TCP" | "UDP" | "SCTP";

/** The protocols one has a connection by. */
export type StreamProtocol = Exclude<Protocol, "UDP">;

export type Destination = { readonly address: string; readonly port: number; readonly protocol: Protocol };

/** What travels: where to, and whom the other end takes for the sender. */
export type Packet = Destination & { readonly source: string };

/** What a load balancer that opens connections of its own puts into them. */
export type BalancerHop = {
  /** Headers it adds to a request it can read. */
  readonly headers: Readonly<Record<string, string>>;
  /** The PROXY line before everything else. */
  readonly preamble?: string;
};

/** A link a packet went over, to a place that must be routed to or can be reached anyway. */
export type Crossing = { readonly from: string; readonly to: string; readonly routed: boolean };

/** What became of a packet: every step that decided something, in words, and the end of it. */
export type Route = { readonly steps: readonly string[] } & (
  | {
      readonly verdict: "delivered";
      readonly cluster: string;
      readonly address: string;
      readonly port: number;
      readonly listener: Listener;
      /** The sender as the listener sees it. */
      readonly source: string;
      /** One way, over all links. */
      readonly latencyMs: number;
      readonly loss: number;
      /** The links on the way. */
      readonly crossings: readonly Crossing[];
      readonly hop?: BalancerHop;
      /** Says that the connection is over, to those who count connections. */
      readonly release?: () => void;
      /** Whether a connection that took this way may go on: a load balancer may have let its node go. */
      readonly holds?: () => boolean;
      /** A load balancer closes a connection that was silent for longer. */
      readonly idleMs?: number;
    }
  | { readonly verdict: "refused" }
  | { readonly verdict: "dropped" }
);
