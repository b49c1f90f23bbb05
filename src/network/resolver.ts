import { type DnsMessage, RCODE, RCODE_NAMES } from "./dns/message.ts";
import { isWireName } from "./dns/name.ts";
import { canonicalIp } from "./ip-address.ts";

/** What `/etc/resolv.conf` says. */
export type ResolvConf = {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  /** glibc's `no-aaaa`: addresses of IPv4 only are asked for. */
  readonly noAaaa: boolean;
};

/** Whose rules the walk follows: they differ in what ends it. */
export type ResolverFlavor = "glibc" | "musl" | "go";

/** Asks one name server; what no server answered is `timeout`, what it turned away is `refused`. */
export type AskServer = (server: string, name: string, type: string) => DnsMessage | "timeout" | "refused";

/** One question of a walk and what came of it. */
export type ResolveStep = {
  readonly server: string;
  readonly name: string;
  readonly type: string;
  /** `NOERROR`, `NXDOMAIN`, … or `TIMEOUT`. */
  readonly outcome: string;
  readonly addresses: readonly string[];
};

type ResolveFailure = "no such host" | "server misbehaving" | "i/o timeout" | "connection refused";

/** The addresses of a name, or why there are none; `steps` tells the whole walk, `waitedMs` the time spent on silent servers. */
export type Resolution = { readonly steps: readonly ResolveStep[]; readonly waitedMs: number } & (
  | { readonly ok: true; readonly addresses: readonly string[]; readonly name: string }
  | { readonly ok: false; readonly reason: ResolveFailure; readonly server: string | undefined }
);

/** Reads a resolv.conf; unknown lines and options are skipped, the last `search` line counts (resolv.conf(5)). */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  let search: readonly string[] = [];
  const options = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [word, ...rest] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    if (word === "nameserver" && rest[0] !== undefined) nameservers.push(rest[0]);
    else if (word === "search" || word === "domain") search = rest.filter((domain) => domain !== ".");
    else if (word === "options")
      for (const option of rest) {
        const [name = "", value = ""] = option.split(":");
        options.set(name, Number(value));
      }
  }
  return {
    nameservers: nameservers.slice(0, 3),
    search,
    ndots: Math.min(options.get("ndots") ?? 1, 15),
    timeoutSeconds: options.get("timeout") || 5,
    attempts: options.get("attempts") || 2,
    noAaaa: options.has("no-aaaa"),
  };
}

/**
 * The absolute names a resolver tries for `name`, in order: the search list first when the name has fewer dots than ndots. With as
 * many dots or more musl tries the name itself and nothing else.
 */
export function searchNames(
  conf: Pick<ResolvConf, "search" | "ndots">,
  name: string,
  flavor: ResolverFlavor = "glibc",
): readonly string[] {
  if (name.endsWith(".")) return [name];
  const absolute = `${name}.`;
  const searched = conf.search.map((domain) => `${name}.${domain.replace(/\.$/, "")}.`);
  const dots = name.split(".").length - 1;
  const names = dots < conf.ndots ? [...searched, absolute] : flavor === "musl" ? [absolute] : [absolute, ...searched];
  return names.filter(isWireName);
}

/** Reads the address a hosts file gives a name. */
export function hostsAddress(hosts: string, name: string): string | undefined {
  const wanted = name.replace(/\.$/, "").toLowerCase();
  for (const line of hosts.split("\n")) {
    const [address, ...names] = line.replace(/#.*$/, "").trim().split(/\s+/);
    if (names.some((one) => one.toLowerCase() === wanted)) return canonicalIp(address ?? "");
  }
  return undefined;
}

/**
 * Walks the search list, asking A and AAAA of each name. All resolvers go on after NXDOMAIN; musl stops at a name without data
 * and at SERVFAIL, glibc and Go go on. A name that is nowhere is "no such host", but for glibc where a server failed on the way
 * and the name itself was not asked for first.
 */
export function resolveName(
  conf: ResolvConf,
  name: string,
  how: { readonly ask: AskServer; readonly flavor: ResolverFlavor },
): Resolution {
  const literal = canonicalIp(name);
  if (literal !== undefined) return { ok: true, addresses: [literal], name, steps: [], waitedMs: 0 };
  const steps: ResolveStep[] = [];
  let waitedMs = 0;
  let reason: ResolveFailure = "no such host";
  const [server] = conf.nameservers;
  for (const candidate of server === undefined ? [] : searchNames(conf, name, how.flavor)) {
    const asked = askBoth(conf, candidate, how.ask);
    steps.push(...asked.steps);
    waitedMs += asked.waitedMs;
    if (asked.addresses.length > 0) return { ok: true, addresses: asked.addresses, name: candidate, steps, waitedMs };
    reason = asked.reason;
    if (reason === "i/o timeout" || reason === "connection refused") break;
    if (how.flavor === "musl" && (asked.noData || reason === "server misbehaving")) break;
  }
  if (reason === "no such host" || reason === "server misbehaving") reason = verdict(conf, name, steps, how.flavor);
  return { ok: false, reason, server, steps, waitedMs };
}

/** What a walk without an address comes to, when servers answered all the way. */
function verdict(
  conf: ResolvConf,
  name: string,
  steps: readonly ResolveStep[],
  flavor: ResolverFlavor,
): "no such host" | "server misbehaving" {
  const failed = (some: readonly ResolveStep[]): boolean =>
    some.some(({ outcome }) => outcome !== "NOERROR" && outcome !== "NXDOMAIN");
  const asIs = name.endsWith(".") || name.split(".").length - 1 >= conf.ndots;
  const told = flavor === "glibc" && asIs ? steps.filter((step) => step.name === `${name.replace(/\.$/, "")}.`) : steps;
  if (!failed(told)) return "no such host";
  const hides = flavor === "glibc" ? "NOERROR" : "NXDOMAIN";
  return told.some(({ outcome }) => outcome === hides) ? "no such host" : "server misbehaving";
}

type Asked = {
  readonly steps: readonly ResolveStep[];
  readonly addresses: readonly string[];
  readonly reason: ResolveFailure;
  readonly noData: boolean;
  readonly waitedMs: number;
};

/** A and AAAA go out together, unless A alone is wanted; servers are tried in turn until one knows an answer, be it that there is none. */
function askBoth(conf: ResolvConf, name: string, ask: AskServer): Asked {
  const steps: ResolveStep[] = [];
  let silent: ResolveFailure = "i/o timeout";
  let failed: Omit<Asked, "steps" | "waitedMs"> | undefined;
  let waitedMs = 0;
  const types = conf.noAaaa ? ["A"] : ["A", "AAAA"];
  for (const server of conf.nameservers) {
    const answers = types.map((type) => ({ type, answer: ask(server, name, type) }));
    for (const { type, answer } of answers) steps.push(stepOf({ server, name, type }, answer));
    const messages = answers.flatMap(({ answer }) => (typeof answer === "string" ? [] : [answer]));
    if (messages.length === 0) {
      if (answers[0]?.answer === "refused") silent = "connection refused";
      else waitedMs += conf.timeoutSeconds * 1000 * conf.attempts;
      continue;
    }
    const addresses = messages.flatMap(addressesOf);
    const missing = messages.some((message) => message.rcode === RCODE.NXDOMAIN);
    const noData = !missing && messages.every((message) => message.rcode === RCODE.NOERROR);
    const reason = missing || noData ? "no such host" : "server misbehaving";
    if (addresses.length > 0 || missing || noData) return { steps, addresses, reason, noData, waitedMs };
    failed ??= { addresses, reason, noData };
  }
  return { steps, waitedMs, ...(failed ?? { addresses: [], reason: silent, noData: false }) };
}

function stepOf(
  asked: { readonly server: string; readonly name: string; readonly type: string },
  answer: DnsMessage | "timeout" | "refused",
): ResolveStep {
  if (typeof answer === "string") return { ...asked, outcome: answer.toUpperCase(), addresses: [] };
  return { ...asked, outcome: RCODE_NAMES[answer.rcode] ?? `RCODE${answer.rcode}`, addresses: addressesOf(answer) };
}

/** The addresses an answer carries, whatever chain of names led to them. */
function addressesOf(message: DnsMessage): readonly string[] {
  return message.answers.flatMap((record) => (record.type === "A" || record.type === "AAAA" ? [record.address] : []));
}
