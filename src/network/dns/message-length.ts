import { HEADER_LENGTH } from "./decode.ts";
import type { DnsMessage, DnsRecord } from "./message.ts";
import { labelsOf } from "./name.ts";

const OPT_LENGTH = 11;

/** How many bytes a message takes when it is written without compression. */
export function messageLength({ questions, answers, authorities, additionals, edns }: DnsMessage): number {
  let length = HEADER_LENGTH;
  for (const { name } of questions) length += nameLength(name) + 4;
  for (const records of [answers, authorities, additionals])
    for (const record of records) length += recordLength(record);
  if (edns === undefined) return length;
  return edns.options.reduce((sum, { data }) => sum + 4 + data.length, length + OPT_LENGTH);
}

/** How many bytes one record takes of that. */
export function recordLength(record: DnsRecord): number {
  return nameLength(record.name) + 10 + dataLength(record);
}

function nameLength(name: string): number {
  if (name === ".") return 1;
  if (!name.includes("\\")) return name.length + (name.endsWith(".") ? 1 : 2);
  return labelsOf(name).reduce((sum, label) => sum + label.length + 1, 1);
}

function dataLength(record: DnsRecord): number {
  switch (record.type) {
    case "A":
      return 4;
    case "AAAA":
      return 16;
    case "CNAME":
    case "NS":
    case "PTR":
      return nameLength(record.target);
    case "SRV":
      return 6 + nameLength(record.target);
    case "MX":
      return 2 + nameLength(record.target);
    case "CAA":
      return 2 + record.tag.length + record.value.length;
    case "TXT":
    case "HINFO":
      return record.texts.reduce((sum, text) => sum + 1 + text.length, 0);
    case "SOA":
      return nameLength(record.primary) + nameLength(record.mailbox) + 20;
    default:
      return record.data.length;
  }
}
