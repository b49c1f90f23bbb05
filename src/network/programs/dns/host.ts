import { recordData } from "../../dns/dig-text.ts";
import { type DnsRecord, RCODE_NAMES } from "../../dns/message.ts";
import { parseIp } from "../../ip-address.ts";
import type { Process } from "../program.ts";
import { type Asked, askedBy, bare, lookUp, NO_SERVERS } from "./lookup.ts";

/** BIND's `host [-t TYPE] NAME [SERVER]`. */
export function hostProgram(process: Process): void {
  const asked = askedBy(process);
  const found = lookUp(process, asked, ["A", "AAAA"]);
  if (found.state === "unreachable") {
    process.output.stdout(NO_SERVERS);
    process.exit(1);
    return;
  }
  const named = process.argv
    .slice(1)
    .filter((arg) => !arg.startsWith("-"))
    .at(-1);
  const lines =
    asked.server === undefined
      ? []
      : ["Using domain server:", `Name: ${named}`, `Address: ${found.server}#53`, "Aliases: ", ""];
  if (found.state === "missing") {
    const code = Object.entries(RCODE_NAMES).find(([, name]) => name === found.rcode)?.[0] ?? "3";
    lines.push(`Host ${asked.name} not found: ${code}(${found.rcode})`);
  } else if (found.state === "empty") lines.push(...emptyLines(asked));
  else lines.push(...found.answered.flatMap(({ message }) => message.answers.map(hostLine)));
  process.output.stdout(`${lines.join("\n")}\n`);
  process.exit(found.state === "missing" ? 1 : 0);
}

/** Without a type host says nothing of a name that has no addresses. */
function emptyLines({ name, types }: Asked): readonly string[] {
  if (types === undefined || parseIp(name) !== undefined) return [];
  return types.map((type) => `${bare(name)} has no ${type} record`);
}

const WORDS: Readonly<Record<string, string>> = {
  A: "has address",
  AAAA: "has IPv6 address",
  CNAME: "is an alias for",
  PTR: "domain name pointer",
  NS: "name server",
  MX: "mail is handled by",
  TXT: "descriptive text",
};

function hostLine(record: DnsRecord): string {
  return `${bare(record.name)} ${WORDS[record.type] ?? `has ${record.type} record`} ${recordData(record)}`;
}
