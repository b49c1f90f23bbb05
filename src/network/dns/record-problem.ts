import { canonicalIp } from "../ip-address.ts";
import { typeNumber } from "./message.ts";
import { isWireName } from "./name.ts";

/** What a field of a record must be, and what miekg/dns calls it. */
type Field = readonly [name: string, kind: "number" | "A" | "AAAA" | "name"];

const FIELDS: Readonly<Record<string, readonly Field[]>> = {
  A: [["A A", "A"]],
  AAAA: [["AAAA AAAA", "AAAA"]],
  CNAME: [["CNAME Target", "name"]],
  DNAME: [["DNAME Target", "name"]],
  NS: [["NS Ns", "name"]],
  PTR: [["PTR Ptr", "name"]],
  MX: [
    ["MX Pref", "number"],
    ["MX Mx", "name"],
  ],
  SRV: [
    ["SRV Priority", "number"],
    ["SRV Weight", "number"],
    ["SRV Port", "number"],
    ["SRV Target", "name"],
  ],
};
/** Types of which only the numbers they begin with are looked at. */
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  CAA: ["CAA Flag"],
  DS: ["DS KeyTag", "DS Algorithm", "DS DigestType"],
  HTTPS: ["SVCB priority"],
  NAPTR: ["NAPTR Order", "NAPTR Preference"],
  SSHFP: ["SSHFP Algorithm", "SSHFP Type"],
  SVCB: ["SVCB priority"],
  TLSA: ["TLSA Usage", "TLSA Selector", "TLSA MatchingType"],
  URI: ["URI Priority", "URI Weight"],
};
const CLASS = /^(?:IN|CH|HS|ANY|NONE|CLASS\d+)$/i;
const TTL = /^(?:\d+[smhdw]?)+$/i;

/** What miekg/dns says of a line that is no record: the first word that is wrong, and where it ends. */
export function recordProblem(line: string, number = 1): string {
  const words = [...line.matchAll(/"(?:[^"\\]|\\.)*"?|[^\s"]+/g)].map((match) => ({
    text: match[0],
    // The column is that of the blank behind a word.
    end: Math.min(line.length, match.index + match[0].length + 1),
  }));
  const texts = words.map(({ text }) => text);
  const [what, index = words.length - 1] = wrongWord(texts, /^\s/.test(line) ? 0 : 1);
  const word = words[index];
  return `dns: ${what}: ${JSON.stringify(word?.text ?? "")} at line: ${number}:${word?.end ?? 0}`;
}

/** What is wrong, and the index of the word that is; of the last one when none is named. */
function wrongWord(words: readonly string[], first: number): readonly [what: string, index?: number] {
  let at = first;
  let hasTtl = false;
  for (; at < words.length && typeNumber(words[at] as string) === undefined; at++) {
    const word = words[at] as string;
    const isTtl: boolean = !hasTtl && TTL.test(word);
    if (!isTtl && !CLASS.test(word)) return [hasTtl ? "unknown RR type" : "not a TTL", at];
    hasTtl ||= isTtl;
  }
  const type = words[at]?.toUpperCase();
  if (type === undefined) return ["not a TTL"];
  return wrongData(type, words, at + 1);
}

function wrongData(type: string, words: readonly string[], from: number): readonly [what: string, index?: number] {
  const fields = FIELDS[type] ?? NUMBERS[type]?.map((name): Field => [name, "number"]) ?? [];
  for (const [index, [name, kind]] of fields.entries())
    if (!fits(words[from + index] ?? "", kind)) return [`bad ${name}`, from + index];
  const after = from + fields.length;
  if (type in FIELDS && after < words.length) return ["garbage after rdata", after];
  return [`bad ${type} record`];
}

function fits(word: string, kind: Field[1]): boolean {
  if (kind === "number") return /^\d+$/.test(word) && Number(word) <= 0xffff;
  if (kind === "name") return word !== "" && (word === "@" || isWireName(word));
  return canonicalIp(word) !== undefined && word.includes(":") === (kind === "AAAA");
}
