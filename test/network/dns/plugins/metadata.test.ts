import { describe, expect, it } from "vitest";
import { recordData } from "../../../../src/network/dns/dig-text.ts";
import type { ServerSurroundings } from "../../../../src/network/dns/server/plugin.ts";
import { server, type TestServer } from "../test-server.ts";

const LABELS = ["port-name", "protocol", "endpoint", "zone", "service", "namespace", "kind", "parse-error"];
const FORMAT = LABELS.map((label) => `{/kubernetes/${label}}`).join(" ");

/** Answers that nobody knows the name. */
const nobody: ServerSurroundings["ask"] = (_, query) => ({
  ...query,
  rcode: 3,
  flags: { ...query.flags, response: true },
});

function made(metadata: string, format: string, zonal = ""): TestServer {
  const kubernetes = ["kubernetes cluster.local in-addr.arpa {", "pods verified", zonal, "}"].filter(Boolean);
  const template = [
    "template IN TXT t.org {",
    'answer "{{ .Name }} 60 IN TXT \\"{{ .Meta \\"kubernetes/client-pod-name\\" }}\\""',
    "}",
  ];
  const edns = "rewrite edns0 local set 0xffee {kubernetes/client-namespace}";
  const lines = [metadata, `log . "${format}"`, edns, ...template, ...kubernetes, "forward . 192.0.2.53"];
  const one = server(lines.filter(Boolean), { version: "1.14.7", ask: nobody });
  one.zone.putPod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "asker", namespace: "shop" },
    spec: { containers: [] },
    status: { podIP: "10.12.0.99" },
  });
  return one;
}

describe("metadata, as CoreDNS 1.14.7 told it of the same names", () => {
  const rows: readonly (readonly [name: string, told: string])[] = [
    ["cluster.local.", "   -    -"],
    ["svc.cluster.local.", "   -    -"],
    ["x.cluster.local.", "- - - - - - - invalid query name"],
    ["default.svc.cluster.local.", "   -  default svc -"],
    ["Web.default.svc.cluster.local.", "   - web default svc -"],
    ["_https._tcp.web.default.svc.cluster.local.", "https tcp  - web default svc -"],
    ["a.b.web.default.svc.cluster.local.", "a b  - web default svc -"],
    ["ep.web.default.svc.cluster.local.", "  ep - web default svc -"],
    ["a.b.c.web.default.svc.cluster.local.", "- - - - - - - invalid query name"],
    ["1-2-3-4.default.pod.cluster.local.", "   - 1-2-3-4 default pod -"],
    ["1.0.13.10.in-addr.arpa.", "- - - - - - - invalid query name"],
    ["a.org.", "- - - - - - - -"],
  ];
  it.each(rows)("%s", (name, told) => {
    const one = made("metadata", FORMAT);
    one.ask(name, "A");
    expect(one.logged.at(-1)?.replace("[INFO] ", "")).toBe(told);
  });

  it("knows the topology zone of names that have one", () => {
    const one = made("metadata", FORMAT, "zonal");
    one.ask("z.1.prefer._zone.web.default.svc.cluster.local.", "A");
    expect(one.logged.at(-1)).toBe("[INFO]    z.1 web default svc -");
  });

  it("knows the pod that asks, and whom forward asked", () => {
    const one = made("metadata", "{/kubernetes/client-namespace} {/kubernetes/client-pod-name} {/forward/upstream}");
    one.ask("a.org.", "A");
    one.ask("a.org.", "A", {}, { address: "10.12.0.98" });
    expect(one.logged).toEqual(["[INFO] shop asker 192.0.2.53:53", "[INFO] - - 192.0.2.53:53"]);
    const [text] = one.ask("t.org.", "TXT").answers;
    expect(text && recordData(text)).toBe('"asker"');
    expect(one.ask("t.org.", "TXT").edns?.options.map(({ data }) => data.toString())).toEqual(["shop"]);
  });

  it("is told in its zones, and where it is", () => {
    for (const metadata of ["", "metadata other.org"]) {
      const one = made(metadata, "{/kubernetes/client-pod-name} {/kubernetes/kind}");
      one.ask("web.default.svc.cluster.local.", "A");
      expect(one.logged).toEqual(["[INFO] - -"]);
    }
  });
});
