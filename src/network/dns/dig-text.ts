import { textOfData } from "./laid-out-data.ts";
import { CLASS_IN, type DnsEdns, type DnsMessage, type DnsRecord, RCODE_NAMES } from "./message.ts";
import { labelsOf } from "./name.ts";

/** How the question was asked: what dig prints around the answer. */
export type DigContext = {
  /** What stood on the command line after `dig`; the first comment line is left out when absent. */
  readonly args?: string;
  readonly server: string;
  readonly port?: number;
  readonly transport?: "UDP" | "TCP";
  readonly queryMs: number;
  readonly nowMs: number;
  /** Bytes received. */
  readonly size: number;
  /** The cookie sent, to tell an echo from a server's own. */
  readonly cookie?: Buffer;
  /** What is printed; everything when absent. */
  readonly sections?: DigSections;
};

/** Which parts of its output dig prints (`+noall +answer`). */
export type DigSections = Readonly<
  Record<"cmd" | "comments" | "question" | "answer" | "authority" | "additional" | "stats", boolean>
>;

const ALL: DigSections = {
  cmd: true,
  comments: true,
  question: true,
  answer: true,
  authority: true,
  additional: true,
  stats: true,
};

const COOKIE = 10;
const TAB = 8;
const TTL_COLUMN = 24;
const CLASS_COLUMN = 32;
const TYPE_COLUMN = 40;
const DATA_COLUMN = 48;

/** Prints an answer as BIND's `dig` 9.18 does. */
export function digText(message: DnsMessage, context: DigContext): string {
  const { sections = ALL } = context;
  const { comments } = sections;
  const lines = sections.cmd ? banner(context) : [];
  if (comments) {
    lines.push(";; Got answer:", ...warnings(message), ...header(message), "");
    if (message.edns !== undefined) lines.push(";; OPT PSEUDOSECTION:", ...ednsLines(message.edns, context));
  }
  if (message.questions.length > 0 && sections.question) {
    if (comments) lines.push(";; QUESTION SECTION:");
    for (const question of message.questions)
      lines.push(
        `;${columns([question.name, 0], [className(question.class), CLASS_COLUMN], [question.type, TYPE_COLUMN])}`,
      );
    if (comments) lines.push("");
  }
  for (const [title, records] of [
    ["ANSWER", sections.answer ? message.answers : []],
    ["AUTHORITY", sections.authority ? message.authorities : []],
    ["ADDITIONAL", sections.additional ? message.additionals : []],
  ] as const) {
    if (records.length === 0) continue;
    if (comments) lines.push(`;; ${title} SECTION:`);
    lines.push(...records.map(recordLine), ...(comments ? [""] : []));
  }
  return [...lines, ...(sections.stats ? footer(context) : [])].map((line) => `${line}\n`).join("");
}

/** `dig +short`: the data of the answers, one per line. */
export function digShort(message: DnsMessage): string {
  return message.answers.map((record) => `${recordData(record)}\n`).join("");
}

/** The data of a record in master-file form. */
export function recordData(record: DnsRecord): string {
  switch (record.type) {
    case "A":
    case "AAAA":
      return record.address;
    case "CNAME":
    case "NS":
    case "PTR":
      return record.target;
    case "SRV":
      return `${record.priority} ${record.weight} ${record.port} ${record.target}`;
    case "MX":
      return `${record.preference} ${record.target}`;
    case "CAA":
      return `${record.flags} ${record.tag} "${record.value}"`;
    case "TXT":
    case "HINFO":
      return record.texts.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(" ");
    case "SOA": {
      const { primary, mailbox, serial, refresh, retry, expire, minimum } = record;
      return [primary, mailbox, serial, refresh, retry, expire, minimum].join(" ");
    }
    default:
      return textOfData(record.type, record.data);
  }
}

/** A record as one line of a zone file, in dig's columns. */
function recordLine(record: DnsRecord): string {
  return columns(
    [record.name, 0],
    [String(record.ttl), TTL_COLUMN],
    [className(record.class ?? CLASS_IN), CLASS_COLUMN],
    [record.type, TYPE_COLUMN],
    [recordData(record), DATA_COLUMN],
  );
}

function banner(context: DigContext): string[] {
  if (context.args === undefined) return [];
  const servers = context.args.split(" ").some((word) => word.startsWith("@")) ? ["; (1 server found)"] : [];
  return ["", `; <<>> DiG 9.18 <<>> ${context.args}`, ...servers, ";; global options: +cmd"];
}

function warnings(message: DnsMessage): string[] {
  const labels = labelsOf(message.questions[0]?.name ?? ".");
  if (labels.at(-1)?.toLowerCase() !== "local") return [];
  return [
    ";; WARNING: .local is reserved for Multicast DNS",
    ";; You are currently testing what happens when an mDNS query is leaked to DNS",
  ];
}

function header(message: DnsMessage): string[] {
  const { flags } = message;
  const names = [
    flags.response ? "qr" : "",
    flags.authoritative ? "aa" : "",
    flags.truncated ? "tc" : "",
    flags.recursionDesired ? "rd" : "",
    flags.recursionAvailable ? "ra" : "",
    flags.authenticData ? "ad" : "",
    flags.checkingDisabled ? "cd" : "",
  ].filter((name) => name !== "");
  const additional = message.additionals.length + (message.edns === undefined ? 0 : 1);
  const counts = [
    `QUERY: ${message.questions.length}`,
    `ANSWER: ${message.answers.length}`,
    `AUTHORITY: ${message.authorities.length}`,
    `ADDITIONAL: ${additional}`,
  ];
  const opcode = message.opcode === 0 ? "QUERY" : message.opcode === 4 ? "NOTIFY" : `RESERVED${message.opcode}`;
  const status = RCODE_NAMES[message.rcode] ?? `RESERVED${message.rcode}`;
  return [
    `;; ->>HEADER<<- opcode: ${opcode}, status: ${status}, id: ${message.id}`,
    `;; flags:${names.map((name) => ` ${name}`).join("")}; ${counts.join(", ")}`,
    ...(flags.recursionDesired && !flags.recursionAvailable
      ? [";; WARNING: recursion requested but not available"]
      : []),
  ];
}

function ednsLines(edns: DnsEdns, context: DigContext): string[] {
  const lines = [`; EDNS: version: ${edns.version}, flags:${edns.dnssecOk ? " do" : ""}; udp: ${edns.udpSize}`];
  for (const option of edns.options) {
    if (option.code !== COOKIE) lines.push(`; OPT=${option.code}: ${spacedHex(option.data)}`);
    else if (context.cookie?.equals(option.data)) lines.push(`; COOKIE: ${option.data.toString("hex")} (echoed)`);
    else lines.push(`; COOKIE: ${option.data.toString("hex")}`);
  }
  return lines;
}

function footer(context: DigContext): string[] {
  const server = `${context.server}#${context.port ?? 53}(${context.server})`;
  return [
    `;; Query time: ${Math.round(context.queryMs)} msec`,
    `;; SERVER: ${server} (${context.transport ?? "UDP"})`,
    `;; WHEN: ${dateText(context.nowMs)}`,
    `;; MSG SIZE  rcvd: ${context.size}`,
    "",
  ];
}

/** `Mon Jun 12 02:58:03 UTC 2023`. */
function dateText(epochMs: number): string {
  const [day, date, month, year, time] = new Date(epochMs).toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${date} ${time} UTC ${year}`;
}

function className(number: number): string {
  return number === 1 ? "IN" : number === 3 ? "CH" : number === 255 ? "ANY" : `CLASS${number}`;
}

function spacedHex(data: Buffer): string {
  return [...data].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** Places texts at columns with tabs, as BIND's `indent`: one space when the column is already passed. */
function columns(...cells: readonly (readonly [text: string, column: number])[]): string {
  let line = "";
  let at = 0;
  for (const [index, [text, column]] of cells.entries()) {
    if (index > 0) {
      const to = Math.max(column, at + 1);
      const tabs = Math.floor(to / TAB) - Math.floor(at / TAB);
      line += tabs > 0 ? "\t".repeat(tabs) + " ".repeat(to % TAB) : " ".repeat(to - at);
      at = to;
    }
    line += text;
    at += text.length;
  }
  return line;
}
