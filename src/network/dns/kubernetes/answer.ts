import { CLASS_IN, type DnsQuestion, type DnsRecord, RCODE } from "../message.ts";
import { labelsOf, lowerLabel, nameOf } from "../name.ts";
import type { Handler, Request } from "../server/plugin.ts";
import { bareReply, type Keep, keepUntilChange, ownReply, type Reply } from "../server/reply.ts";
import { type Found, findName, findNameservers, zonalOf } from "./find.ts";
import { reverseTargets } from "./reverse.ts";
import { type KubernetesView, matchZone, type ZoneMatch } from "./view.ts";
import { NO_PORT } from "./zone-endpoint.ts";

/** A view's answer; `missing` when the name does not exist, so that another plugin may be asked. */
export type ViewAnswer = { readonly reply: Reply; readonly missing: boolean };

/** Asks the whole server about another name. */
export type LookUp = (question: DnsQuestion, request: Request) => Reply;

type Place = {
  readonly view: KubernetesView;
  readonly match: ZoneMatch;
  readonly request: Request;
  readonly question: DnsQuestion;
  readonly lookUp: LookUp;
  /** The entries the answer hangs on. */
  readonly depends: string[];
  /** What other servers' answers allow. */
  readonly foreign: (Keep | undefined)[];
};
type Records = {
  readonly answers: readonly DnsRecord[];
  readonly additionals?: readonly DnsRecord[];
  readonly unwritable?: true;
};

const DNS_SCHEMA_VERSION = "1.1.0";
const VERSION_TTL_SECONDS = 28_800;
const SOA_TTL_SECONDS_MAX = 300;

/** CoreDNS' `kubernetes` handler: look up, and say "no such name" or "no such data" with the zone's SOA. */
export function answerInView(view: KubernetesView, match: ZoneMatch, request: Request, lookUp: LookUp): ViewAnswer {
  const { question } = request;
  if (question.type === "AXFR" || question.type === "IXFR") return { reply: bareReply(RCODE.REFUSED), missing: false };
  const place: Place = { view, match, request, question, lookUp, depends: [], foreign: [] };
  const found = lookUpRecords(place);
  if (found?.unwritable === true) return { reply: { ...ownReply({}), unsent: true }, missing: false };
  const keep = keepOf(place);
  if (found !== undefined && found.answers.length > 0)
    return { reply: ownReply({ keep, answers: found.answers, additionals: found.additionals ?? [] }), missing: false };
  const missing = found === undefined;
  const rcode = !missing ? RCODE.NOERROR : view.isSynced() ? RCODE.NXDOMAIN : RCODE.SERVFAIL;
  return { reply: ownReply({ rcode, keep, authorities: [soaOf(view, match)] }), missing };
}

/** The entries an answer of the view would hang on, for a plugin that answers instead. */
function withDepends(reply: Reply, answer: ViewAnswer): Reply {
  const [left, right] = [answer.reply.keep, reply.keep];
  if (right === undefined) return reply;
  if (left === undefined) return { ...reply, keep: undefined };
  return { ...reply, keep: { ...right, tokens: [...left.tokens, ...right.tokens] } };
}

/** What runs the chain's rest for names the view does not have, when it is told to fall through. */
export function orNext(answer: ViewAnswer, falls: boolean, request: Request, next: Handler): Reply {
  return answer.missing && falls ? withDepends(next(request), answer) : answer.reply;
}

/** The SOA record of a zone. */
export function soaOf(view: KubernetesView, match: Pick<ZoneMatch, "zone">): DnsRecord {
  const { zone } = match;
  return {
    name: nameOf(zone),
    type: "SOA",
    ttl: Math.min(view.ttl, SOA_TTL_SECONDS_MAX),
    primary: nameOf(["ns", "dns", ...zone]),
    mailbox: nameOf(["hostmaster", ...zone]),
    serial: view.zone.serial,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: view.ttl,
  };
}

/** Name servers hang on more than the entries of their names. */
function keepOf({ match, view, depends, foreign }: Place): Keep | undefined {
  if (match.labels.length === 0 || isDefaultNameserver(view, match)) return undefined;
  let keep: Keep | undefined = keepUntilChange(depends);
  for (const other of foreign)
    keep =
      other === undefined || keep === undefined
        ? undefined
        : { ...keep, tokens: [...keep.tokens, ...other.tokens], untilMs: Math.min(keep.untilMs, other.untilMs) };
  return keep;
}

/** `undefined` when the name does not exist. */
function lookUpRecords(place: Place): Records | undefined {
  const { view, match, question } = place;
  const apex = match.labels.length === 0;
  switch (question.type) {
    case "A":
    case "AAAA":
      return addressAnswer(place, question.type);
    case "TXT":
      return textAnswer(place);
    case "SOA":
      // No check whether the name exists; CoreDNS makes none either.
      return { answers: apex ? [soaOf(view, match)] : [] };
    case "CNAME": {
      const found = find(place);
      return found === undefined ? undefined : { answers: found[0]?.kind === "CNAME" ? [cname(place, found[0])] : [] };
    }
    case "SRV":
      return serviceAnswer(place);
    case "PTR":
      if (match.part === "reverse") return pointerAnswer(place);
      // The server's own name is none to who asks for a pointer: CoreDNS answers it before it looks for that name.
      return findName(view, match, place.depends) === undefined ? undefined : { answers: [] };
    case "NS":
      if (apex && isLowerZone(match)) return nameserverAnswer(place, findNameservers(view, match));
      break;
  }
  return find(place) === undefined ? undefined : { answers: [] };
}

function find(place: Place): readonly Found[] | undefined {
  const { view, match } = place;
  if (!isDefaultNameserver(view, match)) return findName(view, match, place.depends);
  const { type } = place.question;
  return type === "A" || type === "AAAA" ? findNameservers(view, match) : [];
}

/** CoreDNS compares the zone's letters as they were asked with the rest in lower case: `ns.dns.CLUSTER.local` is another name. */
function isDefaultNameserver(view: KubernetesView, match: ZoneMatch): boolean {
  const [first, second] = match.labels;
  if (view.addresses.length === 0 || match.labels.length !== 2 || first !== "ns" || second !== "dns") return false;
  return isLowerZone(match);
}

function isLowerZone({ zone }: ZoneMatch): boolean {
  return zone.every((label) => label === lowerLabel(label));
}

function addressAnswer(place: Place, type: "A" | "AAAA"): Records | undefined {
  const found = find(place);
  if (found === undefined) return undefined;
  const answers: DnsRecord[] = [];
  const seen = new Set<string>();
  for (const one of found) {
    if (one.kind === "CNAME") answers.push(...followCname(place, one));
    else if (one.kind === type && !seen.has(one.host)) {
      seen.add(one.host);
      answers.push({ name: place.question.name, type, ttl: place.view.ttl, address: one.host });
    }
  }
  return { answers };
}

/**
 * An ExternalName and what it points to. A target in the same zone counts only if it ends in addresses; any other is asked for
 * as a client would, and the CNAME stands even if nobody knows the target.
 */
function followCname(place: Place, found: Found): readonly DnsRecord[] {
  const { view, match, question, request } = place;
  const record = cname(place, found);
  const chain = [record];
  let target = record.target;
  for (let hop = 1; hop <= view.aliasesMax; hop++) {
    const next = matchZone(view, target);
    const asked = { name: target, type: question.type, class: CLASS_IN };
    if (next === undefined || nameOf(next.zone).toLowerCase() !== nameOf(match.zone).toLowerCase()) {
      const answer = place.lookUp(asked, request);
      place.foreign.push(answer.keep);
      return [...chain, ...answer.answers];
    }
    const step: Place = { ...place, match: next, question: asked };
    const items = find(step) ?? [];
    const [first] = items;
    if (first?.kind !== "CNAME") {
      const hosts = new Map(items.filter(({ kind }) => kind === question.type).map((item) => [item.host, item]));
      const records = [...hosts.values()].map((item) => addressRecord(target, item, view.ttl));
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
  return { name: place.question.name, type: "CNAME", ttl: place.view.ttl, target };
}

function addressRecord(name: string, found: Found, ttl: number): DnsRecord {
  return { name, type: found.kind === "AAAA" ? "AAAA" : "A", ttl, address: found.host };
}

function textAnswer(place: Place): Records | undefined {
  const { labels } = place.match;
  if (labels.length === 1 && labels[0] === "dns-version")
    return {
      answers: [{ name: place.question.name, type: "TXT", ttl: VERSION_TTL_SECONDS, texts: [DNS_SCHEMA_VERSION] }],
    };
  // Names without services, the apex among them, do not exist for TXT: CoreDNS' own quirk.
  const found = findName(place.view, place.match, place.depends);
  if (found === undefined) return undefined;
  return found.length > 0 || zonalOf(place.view, place.match) !== undefined ? { answers: [] } : undefined;
}

/** One SRV per target and port, and the addresses of the targets; the weight is shared before duplicates are dropped. */
function serviceAnswer(place: Place): Records | undefined {
  const found = find(place)?.filter((one) => one.kind !== "CNAME");
  if (found === undefined) return undefined;
  const { ttl } = place.view;
  const weight = Math.max(1, Math.floor((100 / (100 * found.length)) * 100));
  const answers: DnsRecord[] = [];
  const additionals: DnsRecord[] = [];
  const seen = new Set<string>();
  const once = (key: string): boolean => !seen.has(key) && seen.add(key).has(key);
  for (const one of found) {
    if (one.port === NO_PORT) continue;
    const { target, port } = one;
    if (once(`${target} ${port}`))
      answers.push({ name: place.question.name, type: "SRV", ttl, priority: 0, weight, port, target });
    if (once(`${target} ${one.host}`)) additionals.push(addressRecord(target, one, ttl));
  }
  return { answers, additionals };
}

/** PTR of a ClusterIP, else of ready endpoints. */
function pointerAnswer(place: Place): Records | undefined {
  const { view, question, match } = place;
  if (match.labels.length === 0) return { answers: [] };
  const targets = reverseTargets(view, labelsOf(question.name), place.depends);
  if (targets === "unwritable") return { answers: [], unwritable: true };
  if (targets.length === 0) return undefined;
  return { answers: targets.map((target) => ({ name: question.name, type: "PTR" as const, ttl: view.ttl, target })) };
}

function nameserverAnswer(place: Place, servers: readonly Found[]): Records {
  const { ttl } = place.view;
  const names = [...new Set(servers.map((server) => server.target))];
  return {
    answers: names.map((target) => ({ name: place.question.name, type: "NS", ttl, target })),
    additionals: servers.map((server) => addressRecord(server.target, server, ttl)),
  };
}
