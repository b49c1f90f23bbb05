import type { DnsMessage, DnsRecord } from "../../dns/message.ts";
import { dnsQuery, RCODE, RCODE_NAMES, typeNumber } from "../../dns/message.ts";
import { parseIp, reverseNameOf } from "../../ip-address.ts";
import { parseResolvConf, searchNames } from "../../resolver.ts";
import type { Process } from "../program.ts";

export const NO_SERVERS = ";; connection timed out; no servers could be reached\n";

/** What a command line asks: one name, types when it names any, a server when it names one. */
export type Asked = {
  readonly name: string;
  readonly types: readonly string[] | undefined;
  readonly server: string | undefined;
};

/** Reads `[-type=T | -query=T | -t T] NAME [SERVER]`. */
export function askedBy(process: Process): Asked {
  const words: string[] = [];
  let types: readonly string[] | undefined;
  const args = process.argv.slice(1);
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    const [, stated] = /^-(?:type|query|querytype|q)=(.+)$/i.exec(arg) ?? [];
    const type = stated ?? (arg === "-t" ? args[++at] : undefined);
    if (type !== undefined && typeNumber(type) !== undefined) types = [type.toUpperCase()];
    else if (!arg.startsWith("-")) words.push(arg);
  }
  const [name = "", server] = words;
  return { name, types, server: serverAddress(process, server) };
}

/** The server named on a command line may be a name itself. */
function serverAddress(process: Process, server: string | undefined): string | undefined {
  if (server === undefined || parseIp(server) !== undefined) return server;
  const found = process.resolve(server);
  return found.ok ? found.addresses[0] : server;
}

/** One question and its answer. */
export type Answered = { readonly name: string; readonly type: string; readonly message: DnsMessage };

export type LookUp = { readonly server: string } & (
  | { readonly state: "unreachable" }
  | { readonly state: "answered" | "empty" | "missing"; readonly answered: readonly Answered[]; readonly rcode: string }
);

/** The walk of BIND's nslookup and host: along the search list, until a name exists. */
export function lookUp(process: Process, asked: Asked, usual: readonly string[]): LookUp {
  const conf = parseResolvConf(process.files.read("/etc/resolv.conf") ?? "");
  const address = parseIp(asked.name);
  const names = address === undefined ? searchNames(conf, asked.name) : [`${reverseNameOf(address)}.`];
  const types = address === undefined ? (asked.types ?? usual) : ["PTR"];
  let server = asked.server ?? conf.nameservers[0] ?? "127.0.0.1";
  let rcode = "NXDOMAIN";
  let answered: readonly Answered[] = [];
  for (const name of names) {
    const all = types.map((type) => ({ type, ...process.ask(dnsQuery({ name, type }), asked.server) }));
    server = all[0]?.server ?? server;
    answered = all.flatMap(({ type, answer }) => (typeof answer === "string" ? [] : [{ name, type, message: answer }]));
    if (answered.length === 0) return { state: "unreachable", server };
    if (answered.some(({ message }) => message.answers.length > 0))
      return { state: "answered", server, answered, rcode };
    const first = answered[0]?.message.rcode ?? RCODE.NXDOMAIN;
    rcode = RCODE_NAMES[first] ?? "NXDOMAIN";
    if (first === RCODE.NOERROR) return { state: "empty", server, answered, rcode };
  }
  return { state: "missing", server, answered, rcode };
}

/** A name without the dot at its end, as these tools print owners. */
export function bare(name: string): string {
  return name.replace(/(?!^)\.$/, "");
}

/** A record in nslookup's words; `target` prints names that records point to. */
export function nslookupLines(record: DnsRecord, target: (name: string) => string): readonly string[] {
  const owner = bare(record.name);
  switch (record.type) {
    case "A":
    case "AAAA":
      return [`Name:\t${owner}`, `Address: ${record.address}`];
    case "CNAME":
      return [`${owner}\tcanonical name = ${target(record.target)}`];
    case "PTR":
      return [`${owner}\tname = ${target(record.target)}`];
    case "NS":
      return [`${owner}\tnameserver = ${target(record.target)}`];
    case "SRV":
      return [`${owner}\tservice = ${record.priority} ${record.weight} ${record.port} ${target(record.target)}`];
    case "MX":
      return [`${owner}\tmail exchanger = ${record.preference} ${target(record.target)}`];
    case "TXT":
      return [`${owner}\ttext = ${record.texts.map((text) => `"${text}"`).join(" ")}`];
    case "SOA":
      return [
        owner,
        `\torigin = ${bare(record.primary)}`,
        `\tmail addr = ${bare(record.mailbox)}`,
        `\tserial = ${record.serial}`,
        `\trefresh = ${record.refresh}`,
        `\tretry = ${record.retry}`,
        `\texpire = ${record.expire}`,
        `\tminimum = ${record.minimum}`,
      ];
    default:
      return [];
  }
}
