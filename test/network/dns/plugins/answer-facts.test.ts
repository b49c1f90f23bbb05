import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recordData } from "../../../../src/network/dns/dig-text.ts";
import type { DnsEdns, DnsMessage, DnsRecord } from "../../../../src/network/dns/message.ts";
import { RCODE_NAMES } from "../../../../src/network/dns/message.ts";
import { block, type TestServer, tryServer } from "../test-server.ts";

/** What the real CoreDNS answers with plugins of a default build; see the file's own words. */
const [, ...PARTS] = readFileSync(new URL("answer-facts.txt", import.meta.url), "utf8").split(/^== /m);
const FILES = new Map(PARTS.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]));

type Fact = { readonly lines: string; readonly told: string };

function factsOf(text: string): readonly Fact[] {
  return text
    .trimEnd()
    .split(/\n(?! )/)
    .map((whole) => {
      const [lines = "", ...told] = whole.split("\n");
      return { lines, told: told.join("\n") };
    });
}

function ednsOf(words: ReadonlyMap<string, string>): DnsEdns | undefined {
  if (words.get("edns") === "no") return undefined;
  const options = (words.get("opt") ?? "")
    .split(",")
    .filter(Boolean)
    .map((option) => {
      const [code, data = ""] = option.split(":");
      return { code: Number(code), data: Buffer.from(data, "hex") };
    });
  return { udpSize: Number(words.get("size") ?? 1232), version: 0, dnssecOk: false, options };
}

/** A question as the file writes it, asked. */
function asked(server: TestServer, question: string): DnsMessage | undefined {
  const [name = "", type = "A", ...rest] = question.split(" ");
  const words = new Map(rest.map((word) => word.split("=", 2) as [string, string]));
  const edns = ednsOf(words);
  const address = words.get("over") === "6" ? "::1" : "127.0.0.1";
  return server.ask(name, type, edns === undefined ? {} : { edns }, { address });
}

function shown(message: DnsMessage | undefined): string {
  if (message === undefined) return "silence";
  const { flags, edns } = message;
  const marks = {
    aa: flags.authoritative,
    tc: flags.truncated,
    rd: flags.recursionDesired,
    ra: flags.recursionAvailable,
  };
  const head = [RCODE_NAMES[message.rcode], ...Object.entries(marks).flatMap(([mark, isSet]) => (isSet ? [mark] : []))];
  const options = edns?.options.map(({ code, data }) => `${code}=${data.toString("hex")}`) ?? [];
  const opt = edns === undefined ? ["no edns"] : ["edns", edns.udpSize, ...(edns.dnssecOk ? ["do"] : []), ...options];
  const section = (records: readonly DnsRecord[]): string =>
    records
      .map((record) => `${record.name} ${record.ttl} ${record.type} ${recordData(record)}`)
      .sort()
      .join(", ");
  const { answers, authorities, additionals } = message;
  return [head.join(" "), opt.join(" "), ...[answers, authorities, additionals].map(section)].join(" | ").trimEnd();
}

describe("answers, as CoreDNS gives them", () => {
  it.each(factsOf(FILES.get("facts") ?? ""))("$lines", ({ lines, told }) => {
    const server = tryServer(block(...lines.split(" | ")), { version: "1.14.7", files: FILES });
    if (typeof server !== "string") for (const part of server.loaded.parts) part.started?.();
    const questions = told.split("\n").filter((line) => /^ {2}\S/.test(line));
    const ours =
      typeof server === "string"
        ? [`  refused: ${server.replaceAll("\n", "\\n")}`]
        : questions.flatMap((question) => [question, `    ${shown(asked(server, question.trim()))}`]);
    expect(ours.join("\n")).toBe(told);
  });
});
