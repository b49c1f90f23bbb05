import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GoPattern } from "../../../../src/apimachinery/index.ts";
import { GoTemplate } from "../../../../src/network/dns/go-template/execute.ts";
import { PARSE_INT } from "../../../../src/network/dns/go-template/functions.ts";
import { CLASS_IN, dnsQuery } from "../../../../src/network/dns/message.ts";
import { templateData } from "../../../../src/network/dns/plugins/template-data.ts";

/** Templates, and what Go 1.26's `text/template` makes of them over the data CoreDNS' `template` hands it. */
const ROWS = readFileSync(new URL("facts.txt", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as string);

const NAME = "Web-12.Example.org.";
const pattern = new GoPattern("^(?P<a>[a-z]+)-(?P<b>[0-9]+)");
const DATA = templateData({
  zone: "example.org.",
  request: {
    query: { ...dnsQuery({ name: NAME, type: "A" }), id: 77 },
    question: { name: NAME, type: "A", class: CLASS_IN },
    client: { address: "127.0.0.1", port: 4000, transport: "udp" },
    size: 40,
  },
  pattern,
  match: pattern.exec(NAME.toLowerCase()) as NonNullable<ReturnType<GoPattern["exec"]>>,
  type: "A",
  class: CLASS_IN,
});

function outcome(text: string): string {
  const attempt = <T>(what: string, make: () => T): T | string => {
    try {
      return make();
    } catch (error) {
      return `${what}: ${(error as Error).message}`;
    }
  };
  const template = attempt("compile", () => new GoTemplate("answer", text, { parseInt: PARSE_INT }));
  return typeof template === "string" ? template : attempt("execute", () => template.execute(DATA));
}

describe("Go templates", () => {
  const rows = Array.from({ length: ROWS.length / 2 }, (_, index) => ROWS.slice(index * 2, index * 2 + 2));

  it.each(rows)("S4-46 makes of %j what Go does", (text = "", said = "") => {
    expect(outcome(text)).toBe(said);
  });

  it.each([
    "{{ range 4000000000000000000 }}{{ end }}",
    "{{ range 10000 }}{{ range 10000 }}{{ end }}{{ end }}",
    '{{ range 10000 }}{{ printf "%100000d" 1 }}{{ end }}',
  ])("%s is given up, whatever Go would do", (text) => {
    expect(outcome(text)).toMatch(/^execute: template: answer:1:.*: the template does not come to an end$/);
  });

  it("are written back as Go does, for the metric of what failed", () => {
    const text =
      '{{- if  eq .Name "a"|not -}} x {{range  $i,$m:=.Match}}{{$m}}{{else}}{{(index .Match 0)}}{{end}}{{end}}';
    expect(String(new GoTemplate("answer", text))).toBe(
      '{{if eq .Name "a" | not}}x {{range $i, $m := .Match}}{{$m}}{{else}}{{(index .Match 0)}}{{end}}{{end}}',
    );
  });
});
