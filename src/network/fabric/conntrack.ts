import { canonicalIp } from "../ip-address.ts";
import type { Fabric } from "./fabric.ts";
import type { Destination, Origin, Route } from "./packet.ts";

type Delivered = Extract<Route, { readonly verdict: "delivered" }>;

/**
 * Where the next datagram of a flow goes: where the one before went, whatever its Service says by now, as conntrack remembers it.
 * `undefined` when it is remembered no longer: kube-proxy forgets flows to what serves no more once its Service has others that
 * do (`pkg/proxy/conntrack`). A Service without any leaves its flows to go where nobody is.
 */
export function followFlow(fabric: Fabric, from: Origin, to: Destination, before: Delivered): Route | undefined {
  const home = fabric.clusters.get(from.cluster);
  const rule =
    home?.services.virtualAt(to.address, to.port, to.protocol)?.rule ??
    home?.services.ruleOfNodePort(to.port, to.protocol);
  const serving = rule?.endpoints.filter((endpoint) => endpoint.serving) ?? [];
  const isServing = serving.some(
    ({ address, port }) => port === before.port && canonicalIp(address) === before.address,
  );
  if (serving.length > 0 && !isServing) return undefined;
  const listener = fabric.listenerAt(before, to.protocol);
  if (listener === before.listener) return before;
  if (rule === undefined) return undefined;
  if (listener !== undefined) return { ...before, listener };
  const isUp = fabric.clusters.get(before.cluster)?.has(before.address) === true;
  return { verdict: isUp ? "refused" : "dropped", steps: [] };
}
