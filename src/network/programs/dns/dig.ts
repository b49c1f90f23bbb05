import { type DigSections, digShort, digText } from "../../dns/dig-text.ts";
import { encodeMessage } from "../../dns/encode.ts";
import { type DnsMessage, dnsQuery, typeNumber } from "../../dns/message.ts";
import { parseIp, reverseNameOf } from "../../ip-address.ts";
import { parseResolvConf, searchNames } from "../../resolver.ts";
import type { Process } from "../program.ts";
import { NO_SERVERS } from "./lookup.ts";

/** What dig of BIND 9.11, the version of the seeds, offers. */
const EDNS_SIZE = 4096;
const COOKIE = 10;
const NO_REPLY = 9;
const WITH_VALUE = new Set(["-c", "-k", "-p", "-q", "-t", "-x", "-b", "-f", "-y"]);

/** `dig [@SERVER] [-x ADDRESS] [-t] [TYPE] [-q] NAME… [-p PORT] [+short] [+search] [+noall] [+answer] …`. */
export function digProgram(process: Process): void {
  const args = process.argv.slice(1);
  const asked = digQuestion(process, args);
  const code = asked.questions.reduce(
    (worst, question) => Math.max(worst, digOne(process, { ...asked, ...question }, args)),
    0,
  );
  process.exit(code);
}

type Question = { readonly names: readonly string[]; readonly type: string };
type Asked = {
  readonly server: string | undefined;
  readonly port: number | undefined;
  readonly switches: Switches;
};

function digOne(process: Process, asked: Asked & Question, args: readonly string[]): number {
  const { switches, server, port } = asked;
  const cookie = cookieOf(asked.names[0] ?? "");
  let last: { readonly server: string; readonly answer: DnsMessage | "timeout" | "refused" } | undefined;
  for (const name of asked.names) {
    last = process.ask(
      { ...queryOf({ name, type: asked.type }, switches, cookie), id: cookie.readUInt16BE(0) },
      server,
      port,
    );
    if (typeof last.answer === "string" || last.answer.answers.length > 0) break;
  }
  if (last === undefined || typeof last.answer === "string") {
    process.output.stdout(NO_SERVERS);
    return NO_REPLY;
  }
  const { answer } = last;
  const context = {
    args: args.join(" "),
    server: last.server,
    ...(port === undefined ? {} : { port }),
    transport: switches.value("tcp", false) || switches.value("vc", false) ? ("TCP" as const) : ("UDP" as const),
    queryMs: 0,
    nowMs: process.clock.nowMs(),
    size: encodeMessage(answer).length,
    cookie,
    sections: switches.sections,
  };
  process.output.stdout(switches.value("short", false) ? digShort(answer) : digText(answer, context));
  return 0;
}

function queryOf(
  question: { readonly name: string; readonly type: string },
  switches: Switches,
  cookie: Buffer,
): DnsMessage {
  const options = switches.value("cookie", true) ? [{ code: COOKIE, data: cookie }] : [];
  const edns = { udpSize: switches.size, version: 0, dnssecOk: switches.value("dnssec", false), options };
  const query = dnsQuery(question, switches.value("edns", true) ? edns : undefined);
  const flags = {
    ...query.flags,
    recursionDesired: switches.value("recurse", true) && switches.value("rec", true),
    checkingDisabled: switches.value("cdflag", false) || switches.value("cd", false),
    authenticData: switches.value("adflag", false) || switches.value("ad", false),
  };
  return { ...query, flags };
}

/** What `+word` and `+noword` say; the last one counts, and `+noall` clears what was said of sections before. */
class Switches {
  readonly #words: readonly string[];

  constructor(args: readonly string[]) {
    this.#words = args.filter((arg) => arg.startsWith("+")).map((arg) => arg.slice(1));
  }

  value(name: string, usual: boolean): boolean {
    const said = this.#words.findLast((word) => word === name || word === `no${name}`);
    return said === undefined ? usual : said === name;
  }

  get size(): number {
    const said = this.#words.findLast((word) => word.startsWith("bufsize="));
    return said === undefined ? EDNS_SIZE : Number(said.slice("bufsize=".length));
  }

  get sections(): DigSections {
    const all = this.#words.findLastIndex((word) => word === "all" || word === "noall");
    const usual = this.#words[all] !== "noall";
    const later = new Switches(this.#words.slice(all + 1).map((word) => `+${word}`));
    return {
      cmd: later.value("cmd", usual),
      comments: later.value("comments", usual),
      question: later.value("question", usual),
      answer: later.value("answer", usual),
      authority: later.value("authority", usual),
      additional: later.value("additional", usual),
      stats: later.value("stats", usual),
    };
  }
}

function digQuestion(process: Process, args: readonly string[]): Asked & { readonly questions: readonly Question[] } {
  const server = args.find((arg) => arg.startsWith("@"))?.slice(1);
  const given = (option: string): string | undefined =>
    args.includes(option) ? args[args.indexOf(option) + 1] : undefined;
  const port = given("-p") === undefined ? undefined : Number(given("-p"));
  const switches = new Switches(args);
  const asked = { server, port, switches };
  const reverse = parseIp(given("-x") ?? "");
  if (reverse !== undefined) return { ...asked, questions: [{ names: [`${reverseNameOf(reverse)}.`], type: "PTR" }] };
  const words = args.filter((arg, index) => !/^[@+-]/.test(arg) && !WITH_VALUE.has(args[index - 1] ?? ""));
  const isType = (word: string): boolean => typeNumber(word) !== undefined;
  const typeWord = given("-t") ?? words.find((word, index) => isType(word) && (index > 0 || given("-q") !== undefined));
  const named = [given("-q"), ...words.filter((word) => word !== typeWord)].filter((word) => word !== undefined);
  const conf = parseResolvConf(process.files.read("/etc/resolv.conf") ?? "");
  const type = typeWord?.toUpperCase() ?? (named.length === 0 ? "NS" : "A");
  const questions = (named.length === 0 ? ["."] : named).map((name) => {
    const absolute = name.endsWith(".") ? name : `${name}.`;
    return { names: switches.value("search", false) ? searchNames(conf, name) : [absolute], type };
  });
  return { ...asked, questions };
}

/** Eight bytes that depend on the question alone: no chance is spent on them. */
function cookieOf(name: string): Buffer {
  const cookie = Buffer.alloc(8, 0x5a);
  for (let index = 0; index < name.length; index++)
    cookie[index % 8] = ((cookie[index % 8] as number) * 31 + name.charCodeAt(index)) & 0xff;
  return cookie;
}
