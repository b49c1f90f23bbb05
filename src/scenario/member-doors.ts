import type { HttpResponder } from "../apiserver/index.ts";
import type { RemoteClient } from "../remote/index.ts";
import type { HttpHandler, Upgrade } from "../serving/index.ts";
import type { FaultPlan } from "../sim/index.ts";
import type { JoinedClusters } from "./joined-clusters.ts";

/** How a cluster takes what comes from outside. */
export interface ClusterDoor {
  readonly handle: HttpHandler;
  /** Takes over a connection that is to speak another protocol. */
  readonly upgrade: (upgrade: Upgrade) => void;
}

/** Where requests for members go that pass through the host. */
export type MemberDoors = {
  readonly faults: FaultPlan;
  readonly simulated: ReadonlyMap<string, ClusterDoor>;
  readonly remotes: ReadonlyMap<string, RemoteClient>;
  readonly joined: JoinedClusters;
};

/** The way from the host to a member as things are now; a text says why there is none. */
export function doorTo({ faults, simulated, remotes, joined }: MemberDoors, member: string): ClusterDoor | string {
  const remote = joined.get(member)?.impersonator ?? remotes.get(member);
  if (remote !== undefined)
    return {
      handle: (exchange, responder) => remote.forward(exchange, responder),
      upgrade: (upgrade) => remote.forwardUpgrade(upgrade),
    };
  const door = simulated.get(member);
  if (door === undefined) return `API endpoint of cluster ${member} is unknown`;
  const isReachable = (): boolean => faults.reachable("host", member) && faults.reachable(member, "host");
  if (!isReachable()) return `dial tcp: cluster ${member} cannot be reached from host`;
  return {
    handle: (exchange, responder) => door.handle(exchange, endedByCut(faults, isReachable, responder)),
    upgrade: (upgrade) => {
      const unobserve = observeCut(faults, isReachable, () => void upgrade.socket.destroy());
      upgrade.socket.once("close", unobserve);
      door.upgrade(upgrade);
    },
  };
}

/** Ends what is streamed when the way it takes is cut. */
function endedByCut(faults: FaultPlan, isReachable: () => boolean, responder: HttpResponder): HttpResponder {
  return {
    respond: (status, headers, body) => responder.respond(status, headers, body),
    startStream: (status, headers) => {
      const stream = responder.startStream(status, headers);
      stream.onClose(observeCut(faults, isReachable, () => stream.end()));
      return stream;
    },
  };
}

function observeCut(faults: FaultPlan, isReachable: () => boolean, onCut: () => void): () => void {
  const unobserve = faults.observe(() => {
    if (isReachable()) return;
    unobserve();
    onCut();
  });
  return unobserve;
}
