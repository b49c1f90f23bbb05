import { digShort, digText } from "../dns/dig-text.ts";
import { encodeMessage } from "../dns/encode.ts";
import { type DnsMessage, dnsQuery, RCODE_NAMES, typeNumber } from "../dns/message.ts";
import { parseIp, reverseNameOf } from "../ip-address.ts";
import { parseResolvConf, searchNames } from "../resolver.ts";
import type { Process } from "./program.ts";

/** What dig of BIND 9.11, the version of the seeds, offers. */
const EDNS_SIZE = 4096;
const NO_SERVERS = ";; connection timed out; no servers could be reached\n";

/** `dig [@server] name [type] [-x address] [+short] [+search]`. */
export function digProgram(process: Process): void {
  const args = process.argv.slice(1);
  const asked = digQuestion(process, args);
  const cookie = cookieOf(asked.names[0] ?? "");
  let last: { readonly server: string; readonly answer: DnsMessage | "timeout" | "refused" } | undefined;
  for (const name of asked.names) {
    const query = dnsQuery(
      { name, type: asked.type },
      { udpSize: EDNS_SIZE, version: 0, dnssecOk: false, options: [{ code: 10, data: cookie }] },
    );
    last = process.ask({ ...query, id: cookie.readUInt16BE(0) }, asked.server);
    if (typeof last.answer === "string" || last.answer.answers.length > 0) break;
  }
  if (last === undefined || typeof last.answer === "string") {
    process.output.stdout(NO_SERVERS);
    process.exit(9);
    return;
  }
  const { answer, server } = last;
  const size = encodeMessage(answer).length;
  const context = { args: args.join(" "), server, queryMs: 0, nowMs: process.clock.nowMs(), size, cookie };
  process.output.stdout(args.includes("+short") ? digShort(answer) : digText(answer, context));
  process.exit(0);
}

type DigQuestion = { readonly names: readonly string[]; readonly type: string; readonly server: string | undefined };

function digQuestion(process: Process, args: readonly string[]): DigQuestion {
  const server = args.find((arg) => arg.startsWith("@"))?.slice(1);
  const reverseAt = args.indexOf("-x");
  const reverse = reverseAt < 0 ? undefined : parseIp(args[reverseAt + 1] ?? "");
  if (reverse !== undefined) return { names: [`${reverseNameOf(reverse)}.`], type: "PTR", server };
  const words = args.filter((arg) => !/^[@+-]/.test(arg));
  const typeWord = words.find((word, index) => index > 0 && typeNumber(word) !== undefined);
  const name = words.find((word) => word !== typeWord) ?? ".";
  const conf = parseResolvConf(process.files.read("/etc/resolv.conf") ?? "");
  const absolute = name.endsWith(".") ? name : `${name}.`;
  return {
    names: args.includes("+search") ? searchNames(conf, name) : [absolute],
    type: typeWord?.toUpperCase() ?? (args.length === 0 ? "NS" : "A"),
    server,
  };
}

/** Eight bytes that depend on the question alone: no chance is spent on them. */
function cookieOf(name: string): Buffer {
  const cookie = Buffer.alloc(8, 0x5a);
  for (let index = 0; index < name.length; index++)
    cookie[index % 8] = ((cookie[index % 8] as number) * 31 + name.charCodeAt(index)) & 0xff;
  return cookie;
}

type LookUp = { readonly server: string } & (
  | { readonly state: "answered"; readonly name: string; readonly messages: readonly DnsMessage[] }
  | { readonly state: "unreachable" }
  | { readonly state: "missing"; readonly rcode: string }
);

/** The walk of BIND's nslookup and host: the search list, until a name has data. */
function lookUp(
  process: Process,
  name: string,
  options: { readonly types: readonly string[]; readonly server?: string | undefined },
): LookUp {
  const conf = parseResolvConf(process.files.read("/etc/resolv.conf") ?? "");
  const address = parseIp(name);
  const names = address === undefined ? searchNames(conf, name) : [`${reverseNameOf(address)}.`];
  const types = address === undefined ? options.types : ["PTR"];
  let rcode = "NXDOMAIN";
  let server = options.server ?? conf.nameservers[0] ?? "127.0.0.1";
  for (const candidate of names) {
    const asked = types.map((type) => process.ask(dnsQuery({ name: candidate, type }), options.server));
    server = asked[0]?.server ?? server;
    const messages = asked.flatMap(({ answer }) => (typeof answer === "string" ? [] : [answer]));
    if (messages.length === 0) return { state: "unreachable", server };
    if (messages.some((message) => message.answers.length > 0))
      return { state: "answered", server, name: candidate, messages };
    rcode = RCODE_NAMES[messages[0]?.rcode ?? 3] ?? "NXDOMAIN";
  }
  return { state: "missing", server, rcode };
}

/** BIND's `nslookup name [server]`. */
export function nslookupProgram(process: Process): void {
  const [name = "", server] = process.argv.slice(1).filter((arg) => !arg.startsWith("-"));
  const found = lookUp(process, name, { types: ["A", "AAAA"], server: serverAddress(process, server) });
  if (found.state === "unreachable") {
    process.output.stdout(NO_SERVERS);
    process.exit(1);
    return;
  }
  const lines = [`Server:\t\t${found.server}`, `Address:\t${found.server}#53`, ""];
  if (found.state === "missing") lines.push(`** server can't find ${name}: ${found.rcode}`);
  else
    for (const record of found.messages.flatMap((message) => message.answers)) {
      if (record.type === "PTR") lines.push(`${record.name.slice(0, -1)}\tname = ${record.target}`);
      else if (record.type === "CNAME") lines.push(`${record.name.slice(0, -1)}\tcanonical name = ${record.target}`);
      else if (record.type === "A" || record.type === "AAAA")
        lines.push(`Name:\t${record.name.slice(0, -1)}`, `Address: ${record.address}`);
    }
  process.output.stdout(`${lines.join("\n")}\n\n`);
  process.exit(found.state === "missing" ? 1 : 0);
}

/** BIND's `host name [server]`. */
export function hostProgram(process: Process): void {
  const [name = "", server] = process.argv.slice(1).filter((arg) => !arg.startsWith("-"));
  const found = lookUp(process, name, { types: ["A", "AAAA"], server: serverAddress(process, server) });
  if (found.state === "unreachable") {
    process.output.stdout(NO_SERVERS);
    process.exit(1);
    return;
  }
  const lines =
    server === undefined
      ? []
      : ["Using domain server:", `Name: ${server}`, `Address: ${found.server}#53`, "Aliases: ", ""];
  if (found.state === "missing") lines.push(`Host ${name} not found: 3(${found.rcode})`);
  else
    for (const record of found.messages.flatMap((message) => message.answers)) {
      const owner = record.name.slice(0, -1);
      if (record.type === "A") lines.push(`${owner} has address ${record.address}`);
      else if (record.type === "AAAA") lines.push(`${owner} has IPv6 address ${record.address}`);
      else if (record.type === "CNAME") lines.push(`${owner} is an alias for ${record.target}`);
      else if (record.type === "PTR") lines.push(`${owner} domain name pointer ${record.target}`);
    }
  process.output.stdout(`${lines.join("\n")}\n`);
  process.exit(found.state === "missing" ? 1 : 0);
}

/** `getent hosts name`: what libc resolves. */
export function getentProgram(process: Process): void {
  const name = process.argv[2] ?? "";
  const found = process.resolve(name);
  if (found.ok)
    for (const address of found.addresses)
      process.output.stdout(`${address.padEnd(15)} ${found.name.replace(/\.$/, "")}\n`);
  process.exit(found.ok ? 0 : 2);
}

/** The server named on a command line may be a name itself. */
function serverAddress(process: Process, server: string | undefined): string | undefined {
  if (server === undefined || parseIp(server) !== undefined) return server;
  const found = process.resolve(server);
  return found.ok ? found.addresses[0] : server;
}
