import type { ClusterNetwork } from "./cluster-network.ts";
import type { Hosts, Listener } from "./hosts.ts";
import type { Links } from "./links.ts";
import type { NodePlace } from "./node-place.ts";
import type { BalancerHop, Crossing, Origin, Packet, Route } from "./packet.ts";

/** All clusters by name, the links between them, and what is up outside. */
export type Terrain = {
  readonly clusters: ReadonlyMap<string, ClusterNetwork>;
  readonly links: Links;
  readonly outside: Hosts;
};

export type RouteOptions = {
  /** Tell every rule a packet met, by the names the tools on a node show. */
  readonly detail?: boolean;
  /** Count the connection where connections are counted; it must be released then. */
  readonly track?: boolean;
};

/** Where a packet is: on a node of a cluster, on one nobody named, or outside. */
export type Place = { readonly cluster: ClusterNetwork; readonly node: NodePlace | undefined };

/** One packet on its way: what it met so far. */
export type Walk = {
  readonly terrain: Terrain;
  readonly from: Origin;
  readonly steps: string[];
  readonly detail: boolean;
  readonly track: boolean;
  latencyMs: number;
  /** The share of packets that get through. */
  kept: number;
  hop: BalancerHop | undefined;
  /** Whether the policies of the pod it left were asked. */
  left: boolean;
  /** Whether it has come to another node than its own, where it has the address it left with. */
  arrived: boolean;
  /** The links it went over. */
  readonly crossings: Crossing[];
  readonly releases: (() => void)[];
  holds: (() => boolean) | undefined;
  idleMs: number | undefined;
};

export function startWalk(terrain: Terrain, from: Origin, options: RouteOptions): Walk {
  return {
    terrain,
    from,
    steps: [],
    detail: options.detail === true,
    track: options.track === true,
    latencyMs: 0,
    kept: 1,
    hop: undefined,
    left: false,
    arrived: false,
    crossings: [],
    releases: [],
    holds: undefined,
    idleMs: undefined,
  };
}

export function dropped(walk: Walk, step: string): Route {
  walk.steps.push(step);
  release(walk);
  return { verdict: "dropped", steps: walk.steps };
}

export function refused(walk: Walk, step: string): Route {
  walk.steps.push(step);
  release(walk);
  return { verdict: "refused", steps: walk.steps };
}

export function delivered(
  walk: Walk,
  at: { readonly cluster: string; readonly listener: Listener },
  packet: Packet,
): Route {
  const { steps, latencyMs, kept, hop, crossings, releases, holds, idleMs } = walk;
  const { address, port, source } = packet;
  steps.push(`${address}:${port} in ${at.cluster}`);
  return {
    verdict: "delivered",
    ...at,
    address,
    port,
    source,
    latencyMs,
    loss: 1 - kept,
    steps,
    crossings,
    ...(hop === undefined ? {} : { hop }),
    ...(releases.length === 0 ? {} : { release: () => release(walk) }),
    ...(holds === undefined ? {} : { holds }),
    ...(idleMs === undefined ? {} : { idleMs }),
  };
}

function release({ releases }: Walk): void {
  for (const end of releases.splice(0)) end();
}
