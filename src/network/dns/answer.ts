import { addressOfReverseName } from "../ip-address.ts";
import { type Found, findName, findNameservers, type ZoneMatch } from "./find.ts";
import { CLASS_IN, type DnsMessage, type DnsQuestion, type DnsRecord, RCODE } from "./message.ts";
import { labelsOf, lowerLabel, nameOf } from "./name.ts";
import type { DnsZone } from "./zone.ts";
import { NO_PORT } from "./zone-endpoint.ts";

/** The answer to one question, and what it hangs on: keys of the zone, or `undefined` when it must not be kept. */
export type ZoneAnswer = {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly recursionAvailable: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
  readonly depends: readonly string[] | undefined;
};

type Place = {
  readonly zone: DnsZone;
  readonly match: ZoneMatch;
  readonly question: DnsQuestion;
  readonly ttl: number;
};
type Records = { readonly answers: readonly DnsRecord[]; readonly additionals?: readonly DnsRecord[] };

const DNS_SCHEMA_VERSION = "1.1.0";
const VERSION_TTL_SECONDS = 28_800;
const SOA_TTL_SECONDS_MAX = 300;
const CNAME_HOPS_MAX = 8;

const OPCODE_NOTIFY = 4;
/** EDNS options a server may echo: NSID, EXPIRE, COOKIE, TCP-KEEPALIVE, PADDING (CoreDNS `edns.SupportedOption`). */
export const ECHOED_OPTIONS: ReadonlySet<number> = new Set([3, 9, 10, 11, 12]);

/** Answers a query from what the zone knows at present. A query that is itself an answer gets none. */
export function answerDns(zone: DnsZone, query: DnsMessage): DnsMessage | undefined {
  if (query.flags.response) return undefined;
  const [question] = query.questions;
  if (query.opcode !== 0 && query.opcode !== OPCODE_NOTIFY) return refusal(query, RCODE.NOTIMP, query.opcode);
  if (question === undefined || query.questions.length !== 1) return refusal(query, RCODE.FORMERR, 0);
  if (query.edns !== undefined && query.edns.version !== 0) return badVersion(query);
  const answer = question.class === CLASS_IN ? answerQuestion(zone, question) : failure(RCODE.REFUSED);
  return {
    id: query.id,
    opcode: query.opcode,
    rcode: answer.rcode,
    flags: {
      response: true,
      authoritative: answer.authoritative,
      truncated: false,
      recursionDesired: query.flags.recursionDesired,
      recursionAvailable: answer.recursionAvailable,
      authenticData: false,
      checkingDisabled: query.flags.checkingDisabled,
    },
    questions: query.questions,
    answers: answer.answers,
    authorities: answer.authorities,
    additionals: answer.additionals,
    ...(query.edns === undefined
      ? {}
      : {
          edns: { ...query.edns, options: query.edns.options.filter((option) => ECHOED_OPTIONS.has(option.code)) },
        }),
  };
}

/** A header-only answer, as miekg/dns rejects a message it will not read on. */
export function refusal(
  query: Pick<DnsMessage, "id" | "flags">,
  rcode: number,
  opcode: number,
): DnsMessage & { readonly questions: readonly [] } {
  const flags = { ...query.flags, response: true, authoritative: false };
  return { id: query.id, opcode, rcode, flags, questions: [], answers: [], authorities: [], additionals: [] };
}

/** Answers one question of class IN: by the zone with the longest matching name, else by whoever is upstream. */
export function answerQuestion(zone: DnsZone, question: DnsQuestion): ZoneAnswer {
  const labels = labelsOf(question.name);
  const lower = labels.map(lowerLabel);
  if (question.type === "AXFR" || question.type === "IXFR") return failure(RCODE.REFUSED);
  const match = matchZone(zone, labels, lower);
  if (match !== undefined) {
    const { clusterTtlSeconds, clustersetTtlSeconds } = zone.options;
    const ttl = match.part === "cluster" ? clusterTtlSeconds : clustersetTtlSeconds;
    return answerInZone({ zone, match, question, ttl });
  }
  const reverse = lower.slice(-2).join(".");
  if (reverse === "in-addr.arpa" || reverse === "ip6.arpa") return answerReverse(zone, question, { labels, lower });
  return answerUpstream(zone, question) ?? failure(RCODE.SERVFAIL);
}

function matchZone(zone: DnsZone, labels: readonly string[], lower: readonly string[]): ZoneMatch | undefined {
  let best: ZoneMatch | undefined;
  for (const [part, suffix] of [
    ["cluster", zone.clusterLabels],
    ["clusterset", zone.clustersetLabels],
  ] as const) {
    if (suffix === undefined || suffix.length > lower.length) continue;
    const cut = lower.length - suffix.length;
    if (!suffix.every((label, index) => label === lower[cut + index])) continue;
    if (best === undefined || suffix.length > best.zone.length)
      best = { part, labels: lower.slice(0, cut), zone: labels.slice(cut) };
  }
  return best;
}

/** CoreDNS' `kubernetes` handler: look up, and say "no such name" or "no such data" with the zone's SOA. */
function answerInZone(place: Place): ZoneAnswer {
  const depends: string[] = [];
  const found = lookUp(place, depends);
  const volatile = place.match.labels.length === 0 || isDefaultNameserver(place.match);
  const kept = volatile || depends.includes(UPSTREAM) ? undefined : depends;
  if (found !== undefined && found.answers.length > 0)
    return { ...authoritative(RCODE.NOERROR, kept), answers: found.answers, additionals: found.additionals ?? [] };
  const missing = place.zone.isSynced(place.match.part) ? RCODE.NXDOMAIN : RCODE.SERVFAIL;
  return { ...authoritative(found === undefined ? missing : RCODE.NOERROR, kept), authorities: [soa(place)] };
}

/** Stands among dependencies for an answer that came from upstream: nobody would tell when it changes. */
const UPSTREAM = ">";

/** `undefined` when the name does not exist. */
function lookUp(place: Place, depends: string[]): Records | undefined {
  const { zone, match, question } = place;
  const apex = match.labels.length === 0;
  switch (question.type) {
    case "A":
    case "AAAA":
      return addressAnswer(place, question.type, depends);
    case "TXT":
      return textAnswer(place, depends);
    case "SOA":
      // No check whether the name exists; CoreDNS makes none either.
      return { answers: apex ? [soa(place)] : [] };
    case "CNAME": {
      const found = find(place, depends);
      return found === undefined ? undefined : { answers: found[0]?.kind === "CNAME" ? [cname(place, found[0])] : [] };
    }
    case "SRV":
      return serviceAnswer(place, depends);
    case "NS":
      if (apex) return nameserverAnswer(place, findNameservers(zone, match));
      break;
  }
  const exists = find(place, depends);
  return exists === undefined ? undefined : { answers: [] };
}

function find(place: Place, depends: string[]): readonly Found[] | undefined {
  if (isDefaultNameserver(place.match)) return findNameservers(place.zone, place.match);
  return findName(place.zone, place.match, depends);
}

function isDefaultNameserver(match: ZoneMatch): boolean {
  return match.labels.length === 2 && match.labels[0] === "ns" && match.labels[1] === "dns";
}

function addressAnswer(place: Place, type: "A" | "AAAA", depends: string[]): Records | undefined {
  const found = find(place, depends);
  if (found === undefined) return undefined;
  const answers: DnsRecord[] = [];
  const seen = new Set<string>();
  for (const one of found) {
    if (one.kind === "CNAME") answers.push(...followCname(place, one, depends));
    else if (one.kind === type && !seen.has(one.host)) {
      seen.add(one.host);
      answers.push({ name: place.question.name, type, ttl: place.ttl, address: one.host });
    }
  }
  return { answers };
}

/**
 * An ExternalName and what it points to. A target in the same zone counts only if it ends in addresses; any other is asked for
 * as a client would, and the CNAME stands even if nobody knows the target.
 */
function followCname(place: Place, found: Found, depends: string[]): readonly DnsRecord[] {
  const { zone, match, question } = place;
  const record = cname(place, found);
  const chain = [record];
  let target = record.target;
  for (let hop = 1; hop <= CNAME_HOPS_MAX; hop++) {
    const labels = labelsOf(target);
    const next = matchZone(zone, labels, labels.map(lowerLabel));
    const asked = { name: target, type: question.type, class: CLASS_IN };
    if (next === undefined || next.part !== match.part) {
      const answer = next === undefined ? answerUpstream(zone, asked) : answerQuestion(zone, asked);
      depends.push(...(answer?.depends ?? [UPSTREAM]));
      return [...chain, ...(answer?.answers ?? [])];
    }
    const step: Place = { ...place, match: next, question: asked };
    const items = find(step, depends) ?? [];
    const [first] = items;
    if (first?.kind !== "CNAME") {
      const addresses = items.filter((item) => item.kind === question.type);
      const records = addresses.map((item) => addressRecord(target, item, place.ttl));
      return records.length === 0 ? [] : [...chain, ...records];
    }
    const further = cname(step, first);
    if (chain.some((earlier) => earlier.name === further.name)) return [];
    chain.push(further);
    target = further.target;
  }
  return [];
}

function cname(place: Place, found: Found): DnsRecord & { readonly type: "CNAME" } {
  const target = found.host.endsWith(".") ? found.host : `${found.host}.`;
  return { name: place.question.name, type: "CNAME", ttl: place.ttl, target };
}

function addressRecord(name: string, found: Found, ttl: number): DnsRecord {
  return { name, type: found.kind === "AAAA" ? "AAAA" : "A", ttl, address: found.host };
}

function textAnswer(place: Place, depends: string[]): Records | undefined {
  const { labels } = place.match;
  if (labels.length === 1 && labels[0] === "dns-version")
    return {
      answers: [{ name: place.question.name, type: "TXT", ttl: VERSION_TTL_SECONDS, texts: [DNS_SCHEMA_VERSION] }],
    };
  // Names without services, the apex among them, do not exist for TXT: CoreDNS' own quirk.
  const found = findName(place.zone, place.match, depends);
  return found === undefined || found.length === 0 ? undefined : { answers: [] };
}

/** One SRV per target and port, and the addresses of the targets; the weight is shared before duplicates are dropped. */
function serviceAnswer(place: Place, depends: string[]): Records | undefined {
  const all = find(place, depends);
  const found = all?.filter((one) => one.kind !== "CNAME");
  if (found === undefined) return undefined;
  const weight = Math.max(1, Math.floor((100 / (100 * found.length)) * 100));
  const answers: DnsRecord[] = [];
  const additionals: DnsRecord[] = [];
  const seen = new Set<string>();
  const once = (key: string): boolean => !seen.has(key) && seen.add(key).has(key);
  for (const one of found) {
    if (one.port === NO_PORT) continue;
    const { target, port } = one;
    if (once(`${target} ${port}`))
      answers.push({ name: place.question.name, type: "SRV", ttl: place.ttl, priority: 0, weight, port, target });
    if (once(`${target} ${one.host}`)) additionals.push(addressRecord(target, one, place.ttl));
  }
  return { answers, additionals };
}

function nameserverAnswer(place: Place, servers: readonly Found[]): Records {
  const names = [...new Set(servers.map((server) => server.target))];
  return {
    answers: names.map((target) => ({ name: place.question.name, type: "NS", ttl: place.ttl, target })),
    additionals: servers.map((server) => addressRecord(server.target, server, place.ttl)),
  };
}

/** PTR of a ClusterIP, else of ready endpoints; other names fall through to upstream as kubeadm's Corefile says. */
function answerReverse(
  zone: DnsZone,
  question: DnsQuestion,
  name: { readonly labels: readonly string[]; readonly lower: readonly string[] },
): ZoneAnswer {
  const address = addressOfReverseName(name.lower);
  const depends = address === undefined ? [] : [`ip:${address}`];
  const ttl = zone.options.clusterTtlSeconds;
  if (question.type === "PTR" && address !== undefined) {
    const targets = reverseTargets(zone, address);
    const answers = targets.map((target) => ({ name: question.name, type: "PTR" as const, ttl, target }));
    if (answers.length > 0) return { ...authoritative(RCODE.NOERROR, depends), answers };
  }
  const match: ZoneMatch = { part: "cluster", labels: name.lower.slice(0, -2), zone: name.labels.slice(-2) };
  const place: Place = { zone, match, question, ttl };
  if (name.labels.length === 2)
    return question.type === "SOA"
      ? { ...authoritative(RCODE.NOERROR, undefined), answers: [soa(place)] }
      : { ...authoritative(RCODE.NOERROR, undefined), authorities: [soa(place)] };
  const fallen = answerUpstream(zone, question);
  if (fallen !== undefined) return fallen;
  const rcode = zone.isSynced("cluster") ? RCODE.NXDOMAIN : RCODE.SERVFAIL;
  return { ...authoritative(rcode, depends), authorities: [soa(place)] };
}

function reverseTargets(zone: DnsZone, address: string): readonly string[] {
  const { clusterLabels } = zone;
  const nameIn = (key: string, host: readonly string[]): string => {
    const slash = key.indexOf("/");
    return nameOf([...host, key.slice(slash + 1), key.slice(0, slash), "svc", ...clusterLabels]);
  };
  const [service] = zone.serviceKeysOfClusterIp(address);
  if (service !== undefined) return [nameIn(service, [])];
  const targets = zone
    .serviceKeysOfEndpoint(address)
    .flatMap((key) =>
      zone.endpoints(key).flatMap((endpoint) => (endpoint.address === address ? [nameIn(key, [endpoint.host])] : [])),
    );
  return [...new Set(targets)];
}

function answerUpstream(zone: DnsZone, question: DnsQuestion): ZoneAnswer | undefined {
  const answer = zone.options.upstream?.(question);
  if (answer === undefined) return undefined;
  return {
    rcode: answer.rcode,
    authoritative: false,
    recursionAvailable: true,
    answers: answer.answers,
    authorities: answer.authorities ?? [],
    additionals: [],
    depends: undefined,
  };
}

function soa(place: Place): DnsRecord {
  const zone = place.match.zone;
  return {
    name: nameOf(zone),
    type: "SOA",
    ttl: Math.min(place.ttl, SOA_TTL_SECONDS_MAX),
    primary: nameOf(["ns", "dns", ...zone]),
    mailbox: nameOf(["hostmaster", ...zone]),
    serial: place.zone.serial,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: place.ttl,
  };
}

function authoritative(rcode: number, depends: readonly string[] | undefined): ZoneAnswer {
  return { ...failure(rcode), authoritative: true, depends };
}

/** REFUSED, SERVFAIL and the like: nothing but the code. */
function failure(rcode: number): ZoneAnswer {
  return {
    rcode,
    authoritative: false,
    recursionAvailable: false,
    answers: [],
    authorities: [],
    additionals: [],
    depends: undefined,
  };
}

function badVersion(query: DnsMessage): DnsMessage {
  const edns = { udpSize: 0, version: 0, dnssecOk: false, options: [] };
  return { ...refusal(query, RCODE.BADVERS, query.opcode), edns };
}
