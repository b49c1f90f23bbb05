import type { Resolution } from "../resolver.ts";
import type { Caller, Fabric } from "./fabric.ts";
import { parseHttpTarget } from "./http.ts";
import type { Route } from "./packet.ts";

/**
 * Tells how a request would fare at present, one line for every rule it meets: how its name is found, what the proxies,
 * policies, load balancers and links make of it, and how it ends.
 */
export function explainRequest(fabric: Fabric, caller: Caller, url: string): readonly string[] {
  const target = parseHttpTarget(url);
  if (target === undefined) return [`${url} is no URL`];
  const resolution = fabric.resolve(caller, target.host);
  const { cluster, address, nodeName } = caller.origin;
  const lines = [
    `from ${address} in ${cluster}${nodeName === undefined ? "" : ` on node ${nodeName}`}`,
    ...resolutionLines(target.host, resolution),
  ];
  if (!resolution.ok) return lines;
  for (const tried of resolution.addresses) {
    const to = { address: tried, port: target.port, protocol: "TCP" as const };
    const route = fabric.route(caller.origin, to, { detail: true });
    lines.push(`connect ${tried}:${target.port}`, ...route.steps.map((step) => `  ${step}`), `  ${verdictLine(route)}`);
    if (route.verdict !== "refused") break;
  }
  return lines;
}

function resolutionLines(host: string, resolution: Resolution): readonly string[] {
  const asked = resolution.steps.map(
    ({ server, name, type, outcome, addresses }) =>
      `  ${server} ${name} ${type}: ${addresses.length > 0 ? addresses.join(", ") : outcome}`,
  );
  if (!resolution.ok) return [`resolve ${host}: ${resolution.reason}`, ...asked];
  return [`resolve ${host}: ${resolution.addresses.join(", ")}`, ...asked];
}

function verdictLine(route: Route): string {
  if (route.verdict !== "delivered")
    return route.verdict === "refused" ? "refused at once" : "dropped: the caller waits in vain";
  const way = route.latencyMs > 0 ? `, ${route.latencyMs} ms one way` : "";
  const hop = route.hop?.headers["x-forwarded-for"];
  return `delivered, seen as coming from ${route.source}${hop === undefined ? "" : ` with X-Forwarded-For ${hop}`}${way}`;
}
