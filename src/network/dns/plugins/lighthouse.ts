import { type Asked, ExportedServices, type Resolved } from "../lighthouse/exported-services.ts";
import { type DnsRecord, RCODE } from "../message.ts";
import { labelsOf, nameOf } from "../name.ts";
import type { PluginPart, Request, Setup } from "../server/plugin.ts";
import { ownReply, type Reply } from "../server/reply.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { fallOf, noFall, onlyUse, ttlOf, unknownProperty, zonesOrBlock } from "./settings.ts";

const TTL_SECONDS = 5;
const SRV_WEIGHT = 50;
const TYPES: ReadonlySet<string> = new Set(["A", "AAAA", "SRV"]);

/** What a name asks for; `port` as an SRV name says it. */
type Parsed = Asked & { readonly port?: { readonly name: string; readonly protocol: string } };
type Named = { readonly asked: Parsed; readonly service: string; readonly zone: string; readonly ttl: number };

/**
 * `lighthouse [ZONES…] { fallthrough [ZONES…]; ttl SECONDS }` (github.com/submariner-io/lighthouse): names of Services that any
 * cluster of the set exports. What it refuses has no SOA, and it knows no IPv6.
 */
export function lighthousePlugin(setup: Setup): PluginPart {
  const directive = onlyUse(setup.directives);
  const { surroundings } = setup;
  const zones = zonesOrBlock(directive.args, setup.zones);
  let fall = noFall;
  let ttl = TTL_SECONDS;
  for (const line of directive.body) {
    const [option, ...words] = line.words;
    if (option === "fallthrough") fall = fallOf(words);
    else if (option === "ttl") ttl = ttlOf(line);
    else throw unknownProperty(line);
  }
  const localCluster = surroundings.variable("SUBMARINER_CLUSTERID") ?? "";
  const isConnected = (cluster: string): boolean => surroundings.isConnectedTo?.(cluster) ?? true;
  const services = new ExportedServices({ zone: surroundings.zone, localCluster, isConnected });
  const answer = (request: Request): Reply => {
    const { name, type } = request.question;
    const zone = longestZone(zones, lowerName(name));
    if (zone === undefined) return ownReply({ rcode: RCODE.NOTZONE });
    if (!TYPES.has(type)) return ownReply({ rcode: RCODE.NOTIMP });
    const labels = labelsOf(name);
    const above = labels.length - labelsOf(zone).length;
    const below = labelsOf(lowerName(name)).slice(0, above);
    const asked = parse(below, type);
    const resolved = asked === undefined ? undefined : services.resolve(asked);
    request.note?.("lighthouse", noteOf(asked, resolved));
    if (asked === undefined || resolved === undefined) return ownReply({ rcode: RCODE.NXDOMAIN });
    // The zone is written as it was asked.
    const named = { asked, service: nameOf([...below.slice(-3), ...labels.slice(above)]), zone, ttl };
    const records = recordsOf(name, type, resolved, named);
    count(setup, { localCluster, asked, resolved, type });
    return ownReply({ answers: records });
  };
  return {
    handle: (request, next) => {
      const reply = answer(request);
      return reply.rcode !== RCODE.NOERROR && fall(request.question.name) ? next(request) : reply;
    },
    // It does not serve before it has listed everything, however long that takes.
    waitsFor: () => !surroundings.zone.isSynced("imports"),
    startupWaitMs: Number.POSITIVE_INFINITY,
    lists: ["ServiceImport", "EndpointSlice"],
    stopped: () => services.stop(),
  };
}

/** `[[HOST.]CLUSTER.]SERVICE.NAMESPACE.svc`, for SRV `[_PORT._PROTOCOL.][CLUSTER.]…`; of AAAA nobody looks at more than the Service. */
function parse(labels: readonly string[], type: string): Parsed | undefined {
  const [service, namespace, root] = labels.slice(-3);
  if (root !== "svc" || service === undefined || namespace === undefined) return undefined;
  const key = `${namespace}/${service}`;
  const left = labels.slice(0, -3);
  if (type === "AAAA" || left.length === 0) return { key };
  const last = left.at(-1) as string;
  if (type === "A") {
    if (left.length > 2) return undefined;
    return left.length === 1 ? { key, cluster: last } : { key, cluster: last, host: left[0] as string };
  }
  if (left.length === 1) return { key, cluster: last };
  if (left.length > 3) return undefined;
  const [name = "", protocol = ""] = left.map((label) => (label.startsWith("_") ? label.slice(1) : label));
  const port = { name, protocol };
  return left.length === 2 ? { key, port } : { key, cluster: last, port };
}

function recordsOf(
  name: string,
  type: string,
  resolved: Resolved,
  { asked, service, ttl }: Named,
): readonly DnsRecord[] {
  if (type === "A")
    return resolved.records
      .filter(({ address }) => !address.includes(":"))
      .map(({ address }) => ({ name, ttl, type: "A", address }));
  if (type !== "SRV") return [];
  const wanted = resolved.records.map(({ cluster = "", host, ports }) => {
    const place = resolved.isHeadless ? [host, cluster] : asked.cluster === undefined ? [] : [asked.cluster];
    const { port } = asked;
    const chosen = ports.filter((one) => port === undefined || isNamed(one, port));
    return { target: nameOf([...place, ...labelsOf(service)]), ports: chosen };
  });
  // One that lacks the port leaves the whole answer empty, as upstream.
  if (wanted.some(({ ports }) => ports.length === 0)) return [];
  return wanted.flatMap(({ target, ports }) =>
    ports.map(({ port }): DnsRecord => ({ name, ttl, type: "SRV", priority: 0, weight: SRV_WEIGHT, port, target })),
  );
}

function isNamed(
  one: { readonly name: string; readonly protocol: string },
  port: { readonly name: string; readonly protocol: string },
): boolean {
  return one.name === port.name && one.protocol === port.protocol;
}

function count(
  { surroundings: { metrics } }: Setup,
  what: {
    readonly localCluster: string;
    readonly asked: Asked;
    readonly resolved: Resolved;
    readonly type: string;
  },
): void {
  if (what.type === "AAAA") return;
  const [namespace = "", name = ""] = what.asked.key.split("/");
  for (const { address, cluster = "" } of what.resolved.records)
    metrics.gauge("submariner_service_discovery_query", "Count DNS queries", {
      destination_cluster: cluster,
      destination_service_ip: address,
      destination_service_name: name,
      destination_service_namespace: namespace,
      source_cluster: what.localCluster,
    }).value++;
}

function noteOf(asked: Asked | undefined, resolved: Resolved | undefined): string {
  if (asked === undefined) return "the name is of no form it knows";
  if (resolved === undefined) return `nothing of that name is exported: ${asked.key}`;
  if (resolved.records.length === 0) return `${asked.key} is exported, but by no cluster that is connected and healthy`;
  return `${asked.key} is ${resolved.records.map(({ address, cluster = "the cluster set" }) => `${address} of ${cluster}`).join(", ")}`;
}
