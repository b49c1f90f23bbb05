import { addressOfReverseName } from "../../ip-address.ts";
import { wrongCount } from "../corefile/config-error.ts";
import type { Directive } from "../corefile/corefile.ts";
import { type ExternalZone, findExternal, findExternalServers, namesOfExternal } from "../kubernetes/external.ts";
import type { Found } from "../kubernetes/find.ts";
import type { KubernetesView } from "../kubernetes/view.ts";
import { NO_PORT } from "../kubernetes/zone-endpoint.ts";
import { type DnsRecord, RCODE } from "../message.ts";
import { labelsOf, lowerLabel, nameOf } from "../name.ts";
import type { Handler, PluginPart, Request, Setup } from "../server/plugin.ts";
import { keepUntilChange, ownReply, type Reply } from "../server/reply.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { type Fall, fallOf, noFall, ttlOf, unknownProperty, zonesOrBlock } from "./settings.ts";

type Options = { zones: readonly string[]; ttl: number; apex: string; headless: boolean; fall: Fall };
/** A question in one of the zones, and what is known to answer it with. */
type Place = {
  readonly options: Options;
  readonly view: KubernetesView;
  readonly zone: string;
  readonly request: Request;
  readonly lookUp: Setup["lookUp"];
};

const TTL_SECONDS = 5;
const WEIGHT = 100;

/** `k8s_external [ZONES…] { apex; ttl; headless; fallthrough }`: names of what of the cluster is reached from outside. */
export function k8sExternalPlugin(setup: Setup): PluginPart {
  const options: Options = { zones: [], ttl: TTL_SECONDS, apex: "dns", headless: false, fall: noFall };
  for (const directive of setup.directives) readDirective(directive, setup, options);
  return {
    needs: "kubernetes",
    handle: (request, next) => {
      const name = lowerName(request.question.name);
      const zone = longestZone(options.zones, name);
      const view = setup.part("kubernetes")?.view;
      if (zone === undefined || view === undefined) return next(request);
      const place: Place = { options, view, zone, request, lookUp: setup.lookUp };
      const labels = labelsOf(name);
      const before = labels.slice(0, labels.length - labelsOf(zone).length).map(lowerLabel);
      if (before.length === 0) return apexReply(place);
      if (before.at(-1) === lowerName(options.apex)) return serverReply(place, before.slice(0, -1));
      return nameReply(place, before, next);
    },
  };
}

function apexReply(place: Place): Reply {
  const { zone, options, request } = place;
  const { ttl } = options;
  const server = serverName(place);
  switch (request.question.type) {
    case "SOA":
      return ownReply({ answers: [soaOf(place)] });
    case "NS":
      return ownReply({
        answers: [{ name: zone, type: "NS", ttl, target: server }],
        additionals: findExternalServers(place.view, externalZone(place)).flatMap((one) =>
          addressRecords(one, { name: server, ttl }),
        ),
      });
    default:
      return ownReply({ authorities: [soaOf(place)] });
  }
}

/** `dns.ZONE` has names below and no data; `ns1.dns.ZONE` is this server. */
function serverReply(place: Place, before: readonly string[]): Reply {
  const { question } = place.request;
  const authorities = [soaOf(place)];
  if (before.length === 0) return ownReply({ authorities });
  if (before.length > 1 || before[0] !== "ns1") return ownReply({ rcode: RCODE.NXDOMAIN, authorities });
  const head = { name: question.name, ttl: place.options.ttl };
  const answers = findExternalServers(place.view, externalZone(place))
    .flatMap((one) => addressRecords(one, head))
    .filter(({ type }) => type === question.type);
  return ownReply(answers.length === 0 ? { authorities } : { answers });
}

function nameReply(place: Place, labels: readonly string[], next: Handler): Reply {
  const { view, options, request } = place;
  const { type } = request.question;
  const address = type === "PTR" ? addressOfReverseName(labelsOf(lowerName(request.question.name))) : undefined;
  if (address !== undefined) return pointerReply(place, address, next);
  const depends: string[] = [];
  const found = findExternal(view, labels, externalZone(place), depends);
  if (found === undefined && options.fall(request.question.name)) return { ...next(request), keep: undefined };
  // An answer with the SOA is made anew each time: its serial is not the one of the cluster's zone.
  if (found === undefined) return ownReply({ rcode: RCODE.NXDOMAIN, authorities: [soaOf(place)] });
  const records = recordsOf(place, found);
  if (records.answers.length === 0) return ownReply({ authorities: [soaOf(place)] });
  const isOwn = found.every(({ kind }) => kind !== "CNAME");
  return ownReply({ keep: isOwn ? keepUntilChange(depends) : undefined, ...records });
}

function pointerReply(place: Place, address: string, next: Handler): Reply {
  const { view, options, request } = place;
  const { name } = request.question;
  const names = namesOfExternal(view, address);
  if (names.length === 0 && options.fall(name)) return next(request);
  if (names.length === 0) return ownReply({ rcode: RCODE.NXDOMAIN, authorities: [soaOf(place)] });
  const [zone = ""] = options.zones;
  const answers = names.map((one): DnsRecord => ({ name, type: "PTR", ttl: options.ttl, target: `${one}.${zone}` }));
  return ownReply({ answers });
}

type Records = { readonly answers: readonly DnsRecord[]; readonly additionals?: readonly DnsRecord[] };

function recordsOf(place: Place, found: readonly Found[]): Records {
  const { question } = place.request;
  const { type } = question;
  if (type === "SRV") return serviceRecords(place, found);
  if (type !== "A" && type !== "AAAA") return { answers: [] };
  const head = { name: question.name, ttl: place.options.ttl };
  const answers: DnsRecord[] = [];
  const seen = new Set<string>();
  // A name outside is given once for each port, an address once.
  for (const one of found)
    if (one.kind === "CNAME") answers.push(...followed(place, one));
    else if (one.kind === type && !seen.has(one.host)) {
      seen.add(one.host);
      answers.push(...addressRecords(one, head));
    }
  return { answers };
}

function followed({ request, view, lookUp }: Place, { host }: Found): readonly DnsRecord[] {
  const { question } = request;
  const target = host.endsWith(".") ? host : `${host}.`;
  const alias: DnsRecord = { name: question.name, type: "CNAME", ttl: view.ttl, target };
  return [alias, ...lookUp({ ...question, name: target }, request).answers];
}

/** One record for each target and port, and the addresses of the targets. */
function serviceRecords(place: Place, found: readonly Found[]): Records {
  const { view, request, options, lookUp } = place;
  const { question } = request;
  const known = found.filter(({ port }) => port !== NO_PORT);
  const weight = Math.max(1, Math.floor((WEIGHT / (WEIGHT * found.length)) * WEIGHT));
  const named = known.map((one) =>
    one.kind === "CNAME" ? { ...one, target: one.host.endsWith(".") ? one.host : `${one.host}.` } : one,
  );
  const head = { name: question.name, type: "SRV", ttl: view.ttl, priority: 0, weight } as const;
  return {
    answers: onceEach(named, ({ target, port }) => `${target} ${port}`).map(({ target, port }) => ({
      ...head,
      port,
      target,
    })),
    additionals: onceEach(named, ({ target, host }) => `${target} ${host}`).flatMap((one) =>
      one.kind === "CNAME"
        ? (["A", "AAAA"] as const).flatMap((type) => lookUp({ ...question, name: one.target, type }, request).answers)
        : addressRecords(one, { name: one.target, ttl: options.ttl }),
    ),
  };
}

/** The first of each key. */
function onceEach<T>(all: readonly T[], key: (one: T) => string): readonly T[] {
  const seen = new Map<string, T>();
  for (const one of all) if (!seen.has(key(one))) seen.set(key(one), one);
  return [...seen.values()];
}

function addressRecords({ kind, host }: Found, head: { readonly name: string; readonly ttl: number }): DnsRecord[] {
  return kind === "CNAME" ? [] : [{ ...head, type: kind, address: host }];
}

function externalZone({ zone, options }: Place): ExternalZone {
  return { labels: labelsOf(zone), headless: options.headless };
}

function serverName({ zone, options }: Place): string {
  return nameOf(["ns1", ...labelsOf(options.apex), ...labelsOf(zone)]);
}

function soaOf(place: Place): DnsRecord {
  const { zone, options, view } = place;
  return {
    name: zone,
    type: "SOA",
    ttl: options.ttl,
    primary: serverName(place),
    mailbox: nameOf(["hostmaster", ...labelsOf(options.apex), ...labelsOf(zone)]),
    serial: view.zone.externalSerial,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: options.ttl,
  };
}

function readDirective(directive: Directive, setup: Setup, options: Options): void {
  options.zones = zonesOrBlock(directive.args, setup.zones);
  for (const line of directive.body) {
    const [property = "", ...args] = line.words;
    switch (property) {
      case "ttl":
        options.ttl = ttlOf(line);
        break;
      case "apex":
        if (args[0] === undefined) throw wrongCount(line, property);
        options.apex = args[0];
        break;
      case "headless":
        options.headless = true;
        break;
      case "fallthrough":
        options.fall = fallOf(args);
        break;
      default:
        throw unknownProperty(line);
    }
  }
}
