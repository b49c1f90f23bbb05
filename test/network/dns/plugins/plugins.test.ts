import { describe, expect, it } from "vitest";
import { decodeMessage } from "../../../../src/network/dns/decode.ts";
import { encodeMessage } from "../../../../src/network/dns/encode.ts";
import { type DnsMessage, dnsQuery } from "../../../../src/network/dns/message.ts";
import type { ServerSurroundings } from "../../../../src/network/dns/server/plugin.ts";
import { service, serviceImport, slice } from "../../objects.ts";
import {
  block,
  type Options,
  outcome,
  server,
  type TestServer,
  testServer,
  tryServer,
  WEB,
  withWeb,
} from "../test-server.ts";

/** An upstream that knows one name. */
const knowsOne =
  (asked: string[] = []): NonNullable<Options["ask"]> =>
  ({ address, port }, query) => {
    asked.push(`${address}:${port}`);
    if (address === "192.0.2.9") return "timeout";
    const [question] = query.questions;
    const flags = { ...query.flags, response: true, recursionAvailable: true };
    if (question?.name.toLowerCase() !== "www.example.com.") return { ...query, flags, rcode: 3 };
    return { ...query, flags, answers: [{ name: question.name, type: "A", ttl: 60, address: "192.0.2.1" }] };
  };

const flagsOf = ({ flags }: DnsMessage): string =>
  [flags.authoritative ? "aa" : "", flags.recursionDesired ? "rd" : "", flags.recursionAvailable ? "ra" : ""]
    .filter((flag) => flag !== "")
    .join(" ");

describe("what is wrong with a Corefile", () => {
  const rows: readonly (readonly [lines: string, error: string])[] = [
    ["header {\n response set zz\n}", "plugin/header: setting up rule: unknown/unsupported flag=zz"],
    [
      "header {\n reply set ra\n}",
      "plugin/header: setting up rule: invalid selector=reply should be query or response",
    ],
    [
      "header {\n response turn ra\n}",
      "plugin/header: setting up rule: unknown flag action=turn, should be set or clear",
    ],
    [
      "forward .",
      "plugin/forward: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '.'",
    ],
    [
      "forward . 1.1.1.1 {\n policy fastest\n}",
      "plugin/forward: Corefile:3 - Error during parsing: unknown policy 'fastest'",
    ],
    ["kubernetes 10.0.0.0/24", "plugin/kubernetes: non-reverse zone name must be used"],
    [
      "kubernetes cluster.local {\n pods some\n}",
      "plugin/kubernetes: wrong value for pods: some,  must be one of: disabled, verified, insecure",
    ],
    [
      "kubernetes cluster.local {\n ttl 4000\n}",
      "plugin/kubernetes: Corefile:3 - Error during parsing: ttl must be in range [0, 3600]: 4000",
    ],
    [
      "multicluster clusterset.local {\n ttl 5\n}",
      "plugin/multicluster: Corefile:3 - Error during parsing: unknown property 'ttl'",
    ],
    ["reload 1s", "plugin/reload: interval value must be greater or equal to 2s"],
    ["health {\n duck 5s\n}", "plugin/health: Corefile:3 - Error during parsing: unknown property 'duck'"],
    ["rewrite name a", "plugin/rewrite: too few arguments for a name rule"],
    ["route53 example.org", "Corefile:2 - Error during parsing: plugin/route53 is compiled in but not simulated"],
    ["bogus", "Corefile:2 - Error during parsing: Unknown directive 'bogus'"],
  ];
  it.each(rows)("S4-46 S4-79 %s", (lines, error) => expect(tryServer(block(lines))).toBe(error));

  it("S4-80 CD-50 does not know multicluster before 1.9.3, nor its built-in form before 1.12.2", () => {
    const external = block("multicluster clusterset.local", "kubernetes cluster.local");
    const builtin = block("kubernetes cluster.local clusterset.local {\n multicluster clusterset.local\n}");
    const errors = (corefile: string, versions: readonly string[]) =>
      versions.map((version) => {
        const made = tryServer(corefile, { version });
        return typeof made === "string" ? made.replace(/^.*parsing: /, "") : "works";
      });
    expect(errors(external, ["1.8.6", "1.9.3", "1.10.1"])).toEqual([
      "Unknown directive 'multicluster'",
      "works",
      "works",
    ]);
    expect(errors(builtin, ["1.12.1", "1.12.2"])).toEqual(["unknown property 'multicluster'", "works"]);
  });
});

describe("the order of plugins", () => {
  const corefile = block("multicluster cluster.local", "kubernetes cluster.local");
  const answer = (plugins: readonly string[]) => {
    const made = withWeb(testServer(corefile, { plugins }));
    made.zone.putServiceImport(serviceImport("web", { ips: ["10.99.0.1"] }));
    made.zone.putServiceImport(serviceImport("far", { ips: ["10.99.0.2"] }));
    return [WEB, "far.default.svc.cluster.local."].map((name) => outcome(made.ask(name, "A")));
  };
  it("S4-42 S4-43 CD-35 is the compiled one: kubernetes answers before multicluster, though it stands below", () =>
    expect(answer(["kubernetes", "multicluster"])).toEqual(["5 A 10.13.0.20", "NXDOMAIN"]));
  it("S4-43 CD-35 reversed at build time, multicluster answers for cluster.local", () =>
    expect(answer(["multicluster", "kubernetes"])).toEqual(["5 A 10.99.0.1", "5 A 10.99.0.2"]));
});

describe("forward", () => {
  it("S4-47 CD-43 CD-44 asks the servers of a resolv.conf, and hands on what they say", () => {
    const files = new Map([["/etc/resolv.conf", "nameserver 192.0.2.53\nnameserver 192.0.2.54\n"]]);
    const asked: string[] = [];
    const made = server(["forward . /etc/resolv.conf {", "policy sequential", "max_concurrent 1000", "}"], {
      files,
      ask: knowsOne(asked),
    });
    expect(outcome(made.ask("www.example.com.", "A"))).toBe("60 A 192.0.2.1");
    expect(flagsOf(made.ask("nope.example.com.", "A"))).toBe("rd ra");
    expect(asked).toEqual(["192.0.2.53:53", "192.0.2.53:53"]);
  });

  it("tries the next server when one is silent, and says SERVFAIL when all are; errors has the reason", () => {
    const asked: string[] = [];
    const made = server(["errors", "forward . 192.0.2.9 192.0.2.53:5353 {", "policy sequential", "}"], {
      ask: knowsOne(asked),
    });
    expect(outcome(made.ask("www.example.com.", "A"))).toBe("60 A 192.0.2.1");
    expect(asked).toEqual(["192.0.2.9:53", "192.0.2.53:5353"]);
    const silent = server(["errors", "forward . 192.0.2.9"], { ask: knowsOne() });
    expect(outcome(silent.ask("www.example.com.", "A"))).toBe("SERVFAIL");
    expect(silent.logged).toEqual([
      "[ERROR] plugin/errors: 2 www.example.com. A: read udp 10.13.0.10:40000->192.0.2.9:53: i/o timeout",
    ]);
  });

  it("goes round the servers in turn when told", () => {
    const asked: string[] = [];
    const made = server(["forward . 192.0.2.1 192.0.2.2 {", "policy round_robin", "}"], { ask: knowsOne(asked) });
    for (let turn = 0; turn < 4; turn++) made.ask("a.example.", "A");
    expect(asked.map((address) => address.slice(8, 9))).toEqual(["1", "2", "1", "2"]);
  });

  it("keeps to its zone and leaves out what it is told", () => {
    const made = server(["forward example.com 192.0.2.53 {", "except www.example.com", "}"], { ask: knowsOne() });
    expect(outcome(made.ask("a.example.com.", "A"))).toBe("NXDOMAIN");
    expect(outcome(made.ask("www.example.com.", "A"))).toBe("SERVFAIL");
    expect(outcome(made.ask("example.org.", "A"))).toBe("SERVFAIL");
  });

  it("does not go round for ever between servers that forward to each other", () => {
    const box: { other?: TestServer } = {};
    const made: TestServer = server(["forward . 192.0.2.53"], {
      ask: (_, query) =>
        box.other?.port().answer(query, { client: { address: "", port: 0, transport: "udp" }, size: 0 })?.message ??
        "timeout",
    });
    box.other = made;
    expect(outcome(made.ask("a.example.", "A"))).toBe("SERVFAIL");
  });
});

describe("loop", () => {
  it("ends the process when its question comes round again, and not otherwise", () => {
    const box: { self?: TestServer } = {};
    const ask: Options["ask"] = (_, query) =>
      box.self?.port().answer(query, { client: { address: "10.12.0.5", port: 4242, transport: "udp" }, size: 0 })
        ?.message ?? "timeout";
    box.self = server(["loop", "forward . 127.0.0.1"], { ask });
    for (const part of box.self.loaded.parts) part.started?.();
    expect(box.self.fatal[0]).toMatch(
      /^\[FATAL\] plugin\/loop: Loop \(10\.12\.0\.5:4242 -> :53\) detected for zone ".", see https:\/\/coredns\.io\/plugins\/loop#troubleshooting\. Query: "HINFO \d+\.\d+\."$/,
    );
    const fine = server(["loop", "forward . 192.0.2.53"], { ask: knowsOne() });
    for (const part of fine.loaded.parts) part.started?.();
    expect(fine.fatal).toEqual([]);
  });
});

describe("header", () => {
  const of = (...rules: readonly string[]): TestServer =>
    withWeb(server(["header {", ...rules, "}", "kubernetes cluster.local"]));
  it("S4-79 CD-34 CD-43 sets and clears aa, ra and rd of answers", () => {
    expect(flagsOf(of("response set ra").ask(WEB, "A"))).toBe("aa rd ra");
    expect(flagsOf(of("response set ra").ask("nope.default.svc.cluster.local.", "A"))).toBe("aa rd ra");
    expect(flagsOf(of("response clear aa rd").ask(WEB, "A"))).toBe("");
    expect(flagsOf(of("query clear rd").ask(WEB, "A"))).toBe("aa");
    expect(flagsOf(of("response set ra").ask("elsewhere.", "A"))).toBe("rd");
  });
});

describe("hosts", () => {
  const files = new Map([["/etc/hosts", "10.0.0.1 one.example # first\n::1 one.example\n"]]);
  it("answers from a file, read anew when it changes, and from the Corefile", () => {
    const made = server(["hosts {", "10.0.0.2 two.example", "ttl 60", "fallthrough", "}", "whoami"], { files });
    expect(outcome(made.ask("one.example.", "A"))).toBe("60 A 10.0.0.1");
    expect(outcome(made.ask("one.example.", "AAAA"))).toBe("60 AAAA ::1");
    expect(outcome(made.ask("two.example.", "A"))).toBe("60 A 10.0.0.2");
    expect(outcome(made.ask("2.0.0.10.in-addr.arpa.", "PTR"))).toBe("60 PTR two.example.");
    expect(outcome(made.ask("three.example.", "A"))).toBe("NODATA");
    files.set("/etc/hosts", "10.0.0.3 three.example\n");
    expect(outcome(made.ask("three.example.", "A"))).toBe("60 A 10.0.0.3");
  });
  it("cannot deny a name, having no SOA", () =>
    expect(outcome(server(["hosts {", "10.0.0.2 two.example", "}"]).ask("x.example.", "A"))).toBe("SERVFAIL"));
});

describe("rewrite", () => {
  const of = (rule: string): TestServer => withWeb(server([`rewrite ${rule}`, "kubernetes cluster.local"]));
  const rows: readonly (readonly [rule: string, asked: string, answer: string])[] = [
    ["name exact web.shop web.default.svc.cluster.local", "web.shop.", "web.shop. 10.13.0.20"],
    ["name suffix .shop. .default.svc.cluster.local. answer auto", "web.shop.", "web.shop. 10.13.0.20"],
    ["name regex (.*)\\.shop\\. {1}.default.svc.cluster.local. answer auto", "web.shop.", "web.shop. 10.13.0.20"],
    ["name regex (.*)\\.shop\\. {1}.default.svc.cluster.local.", "web.shop.", `${WEB} 10.13.0.20`],
    [
      "stop {\n name regex (.*)\\.shop\\. {1}.default.svc.cluster.local.\n answer name (.*)\\.default\\.svc\\.cluster\\.local\\. {1}.shop.\n}",
      "web.shop.",
      "web.shop. 10.13.0.20",
    ],
    ["name substring .shop. .default. ", "web.shop.svc.cluster.local.", `${WEB} 10.13.0.20`],
    ["type AAAA A", WEB, `${WEB} 10.13.0.20`],
  ];
  it.each(rows)("%s", (rule, asked, answer) => {
    const message = of(rule).ask(asked, rule.startsWith("type") ? "AAAA" : "A");
    expect(message.questions[0]?.name).toBe(asked);
    expect(message.answers.map((record) => `${record.name} ${record.type === "A" ? record.address : ""}`)).toEqual([
      answer,
    ]);
  });
  it("leads an alias elsewhere, and answers with what is there", () => {
    const zone =
      "$ORIGIN example.org.\n@ 60 IN SOA ns root 1 2 3 4 5\nwww 60 IN A 10.0.0.1\nmx 60 IN A 10.0.0.2\napi 60 IN CNAME www\n";
    const told = (rule: string) =>
      outcome(
        server([`rewrite cname ${rule}`, "file zone example.org"], { files: new Map([["zone", zone]]) }).ask(
          "api.example.org.",
          "A",
        ),
      );
    const elsewhere = "60 CNAME mx.example.org. | 60 A 10.0.0.2";
    for (const rule of ["www.example.org mx.example.org", "prefix www mx", "substring www mx", "regex ^www(.*)$ mx{1}"])
      expect(told(rule)).toBe(elsewhere);
    expect(told("suffix example.com. example.net.")).toBe("60 CNAME www.example.org. | 60 A 10.0.0.1");
    expect(() => told("wildcard a b")).toThrow("plugin/rewrite: unknown cname rewrite type: wildcard");
    expect(() => told("a")).toThrow("plugin/rewrite: too few (1) arguments for a cname rule");
  });
  it("rewrites TTLs and codes", () => {
    expect(outcome(of(`ttl exact ${WEB} 60-`).ask(WEB, "A"))).toBe("60 A 10.13.0.20");
    expect(outcome(of("ttl suffix cluster.local -3").ask(WEB, "A"))).toBe("3 A 10.13.0.20");
    expect(outcome(of("rcode suffix elsewhere SERVFAIL NXDOMAIN").ask("x.elsewhere.", "A"))).toBe("NXDOMAIN");
  });
  it("goes on to the next rule with `continue`, and only then", () => {
    const twice = (mode: string) =>
      withWeb(
        server([
          `rewrite ${mode} name exact a.shop b.shop`,
          "rewrite name exact b.shop web.default.svc.cluster.local",
          "kubernetes cluster.local",
        ]),
      ).ask("a.shop.", "A");
    expect(outcome(twice("continue"))).toBe("5 A 10.13.0.20");
    expect(outcome(twice("stop"))).toBe("SERVFAIL");
  });
});

describe("template", () => {
  const lines = [
    "template IN A example.org {",
    "match ^ip-(?P<a>\\d+)-(?P<b>\\d+)\\.example\\.org\\.$",
    'answer "{{ .Name }} 60 IN A 10.0.{{ .Group.a }}.{{ index .Match 2 }}"',
    "fallthrough",
    "}",
    "template ANY ANY example.net {",
    "rcode NXDOMAIN",
    'authority "example.net. 60 IN SOA ns.example.net. root.example.net. (1 60 60 60 60)"',
    "}",
    "whoami",
  ];
  it("makes records from the question", () => {
    const made = server(lines);
    expect(outcome(made.ask("ip-1-2.example.org.", "A"))).toBe("60 A 10.0.1.2");
    expect(made.ask("other.example.org.", "A").additionals).toHaveLength(2);
    expect(outcome(made.ask("a.example.net.", "MX"))).toBe("NXDOMAIN");
    expect(made.ask("a.example.net.", "MX").authorities[0]?.type).toBe("SOA");
  });
  it("decides by conditions, and tells of what fails in Go's words", () => {
    const made = server([
      "errors",
      "template IN A {",
      "match ^(?P<kind>[a-z]+)-(?P<hex>[0-9a-z]+)\\.",
      'answer "{{ .Name }} 60 IN A {{ if eq .Group.kind \\"web\\" }}10.0.0{{ else }}10.0.1{{ end }}.{{ parseInt .Group.hex 16 8 }}"',
      "}",
    ]);
    const names = ["web-ff.example.org.", "db-1.example.org.", "web-zz.example.org."];
    expect(names.map((name) => outcome(made.ask(name, "A")))).toEqual(["60 A 10.0.0.255", "60 A 10.0.1.1", "SERVFAIL"]);
    expect(made.logged).toEqual([
      '[ERROR] plugin/errors: 2 web-zz.example.org. A: template: answer:1:84: executing "answer" at <parseInt .Group.hex 16 8>: error calling parseInt: strconv.ParseUint: parsing "zz": invalid syntax',
    ]);
  });
});

describe("log", () => {
  it("S4-62 has a line per query in CoreDNS' common format", () => {
    const made = withWeb(server(["log", "kubernetes cluster.local"]));
    made.ask(WEB, "A", { id: 29_008 }, { address: "10.12.0.7", port: 50_759 });
    expect(made.logged).toEqual([
      `[INFO] 10.12.0.7:50759 - 29008 "A IN ${WEB} udp 40 false 512" NOERROR qr,aa,rd 92 0.000000000s`,
    ]);
  });
  it("has the size without OPT, and what the server itself writes since 1.14.5", () => {
    const edns = { udpSize: 1232, version: 0, dnssecOk: false, options: [] };
    const format = '"{local} {>opcode} {/metadata} {unknown} {rcode} {>rflags} {rsize}"';
    const lines = ["1.14.5", "1.14.4"].map((version) => {
      const made = withWeb(server([`log . ${format}`, "kubernetes cluster.local"], { version }));
      made.ask(WEB, "A", { edns });
      made.ask("elsewhere.", "A", { edns });
      return made.logged;
    });
    expect(lines).toEqual([
      ["[INFO] [::] 0 - {unknown} NOERROR qr,aa,rd 92", "[INFO] [::] 0 - {unknown} SERVFAIL qr,rd 27"],
      ["[INFO] [::] 0 - {unknown} NOERROR qr,aa,rd 92", "[INFO] [::] 0 - {unknown} - - 0"],
    ]);
  });
  it("logs only the classes it is told", () => {
    const made = withWeb(server(["log . {", "class denial error", "}", "kubernetes cluster.local"]));
    for (const name of [WEB, `nope.${WEB}`, "elsewhere."]) made.ask(name, "A");
    expect(made.logged.map((line) => line.split(" ").slice(11, 12)[0])).toEqual(["NXDOMAIN", "-"]);
  });
});

it("knows no property of kubernetes that only every object has", () => {
  expect(() => server(["kubernetes cluster.local {", "constructor", "}"])).toThrow("unknown property 'constructor'");
});

describe("file and transfer", () => {
  const ZONE = `$ORIGIN example.org.
$TTL 300
@   IN SOA ns root ( 2023061200 ; serial
                     1h 10m 1d 1m )
    IN NS ns
ns  IN A 10.0.0.53
www 60 IN A 10.0.0.1
    IN AAAA fd00::1
api CNAME www
far CNAME www.example.com.
*.wild IN TXT "any name"
mail IN MX 10 mx.example.org.
mx  IN A 10.0.0.25
sub IN NS ns.sub
ns.sub IN A 10.0.1.53
a.deep.name IN A 10.0.0.9
`;
  const files = () => new Map([["db", ZONE]]);
  const rows: readonly (readonly [name: string, type: string, wanted: string])[] = [
    ["www.example.org.", "A", "60 A 10.0.0.1"],
    ["api.example.org.", "A", "300 CNAME www.example.org. | 60 A 10.0.0.1"],
    ["far.example.org.", "A", "300 CNAME www.example.com. | 60 A 192.0.2.1"],
    ["www.example.org.", "MX", "NODATA"],
    ["deep.name.example.org.", "A", "NODATA"],
    ["nope.example.org.", "A", "NXDOMAIN"],
    ["x.y.wild.example.org.", "TXT", '300 TXT "any name"'],
    ["mail.example.org.", "MX", "300 MX 10 mx.example.org."],
    ["example.org.", "SOA", "300 SOA ns.example.org. root.example.org. 2023061200 3600 600 86400 60"],
    ["host.sub.example.org.", "A", "NODATA"],
  ];
  it.each(rows)("answers %s %s as its zone file has it", (name, type, wanted) => {
    const made = server(["file db example.org", "forward . 192.0.2.53"], { files: files(), ask: knowsOne() });
    expect(outcome(made.ask(name, type))).toBe(wanted);
  });
  it("refers to the servers of a child zone", () => {
    const message = server(["file db example.org"], { files: files() }).ask("host.sub.example.org.", "A");
    expect(message.flags.authoritative).toBe(false);
    expect([message.authorities[0], message.additionals[0]]).toMatchObject([
      { type: "NS", target: "ns.sub.example.org." },
      { type: "A", address: "10.0.1.53" },
    ]);
  });
  it.each([
    ["x TYPE999 \\# 65536 %", "bad TYPE999 record"],
    ["x URI 1 1 %", "bad URI record"],
    ["x HTTPS 1 . key9=%", "bad HTTPS record"],
    ["x TYPE65536 \\# 0", 'not a TTL: "TYPE65536"'],
  ])("refuses what has no place in a packet: %s", (line, problem) => {
    const data = (line.includes("\\#") ? "00" : "a").repeat(65_536);
    const text = `${ZONE}${line.replace("%", data)}\n`;
    expect(() => server(["file db example.org"], { files: new Map([["db", text]]) })).toThrow(`dns: ${problem}`);
  });

  it("reads the file anew each minute when its serial is another, and keeps the zone when it is wrong", () => {
    const mine = files();
    const made = server(["file db example.org"], { files: mine });
    for (const part of made.loaded.parts) part.started?.();
    const www = (text: string | undefined): string => {
      if (text === undefined) mine.delete("db");
      else mine.set("db", text);
      made.advance(60_000);
      return outcome(made.ask("www.example.org.", "A"));
    };
    const changed = ZONE.replace("10.0.0.1\n", "10.0.0.2\n");
    const next = changed.replace("2023061200", "2023061201");
    expect([changed, next, "www IN A nonsense\n", undefined].map(www)).toEqual([
      "60 A 10.0.0.1",
      ...Array(3).fill("60 A 10.0.0.2"),
    ]);
    expect(made.logged).toEqual([
      '[INFO] plugin/file: Successfully reloaded zone "example.org." in "db" with 2023061201 SOA serial',
      '[ERROR] plugin/file: Parsing zone "example.org.": failed to parse file "db" for origin example.org. with error db: dns: bad A A: "nonsense" at line: 1:17',
      '[ERROR] plugin/file: Failed to open zone "example.org." in "db": open db: no such file or directory',
    ]);
    made.loaded.stop();
    mine.set("db", ZONE);
    made.advance(60_000);
    expect(made.logged).toHaveLength(3);
  });
  it("hands a whole zone to those who may have it, over TCP", () => {
    const made = server(["file db example.org", "transfer example.org {", "to 10.12.0.99", "}"], { files: files() });
    const tcp = { transport: "tcp" } as const;
    const whole = made.ask("example.org.", "AXFR", {}, tcp).answers;
    expect([whole.length, whole[0]?.type, whole.at(-1)?.type]).toEqual([14, "SOA", "SOA"]);
    expect(outcome(made.ask("example.org.", "AXFR", {}, { ...tcp, address: "10.12.0.98" }))).toBe("REFUSED");
    expect(outcome(made.ask("example.org.", "AXFR"))).toBe("REFUSED");
  });
  it("has nothing but the SOA for who is up to date, and the whole zone for anybody else", () => {
    const made = server(["file db example.org", "transfer example.org {", "to *", "}"], { files: files() });
    const tcp = { transport: "tcp" } as const;
    const [soa] = made.ask("example.org.", "SOA").answers;
    if (soa?.type !== "SOA") throw new Error("no SOA");
    const since = (serial: number) => made.ask("example.org.", "IXFR", { authorities: [{ ...soa, serial }] }, tcp);
    expect(since(soa.serial)).toMatchObject({ answers: [soa], flags: { authoritative: false } });
    expect([0, 1, soa.serial + 1].map((serial) => since(serial).answers.length)).toEqual([14, 14, 14]);
    expect(outcome(made.ask("example.org.", "IXFR", {}, tcp))).toBe("SERVFAIL");
    expect(made.logged[0]).toBe(
      `[INFO] plugin/transfer: Outgoing noop, incremental transfer for up to date zone "example.org." to 10.12.0.99 for ${soa.serial} SOA serial`,
    );
  });
  it("hands over in messages as full as CoreDNS fills them", () => {
    const texts = Array.from({ length: 600 }, (_, index) => `t${index} IN TXT "${"x".repeat(200)}"`).join("\n");
    const made = server(["file db example.org", "transfer example.org {", "to *", "}"], {
      files: new Map([["db", `${ZONE}${texts}\n`]]),
    });
    const query = encodeMessage(dnsQuery({ name: "example.org.", type: "AXFR" }));
    const messages = made.port().respond.transfer?.(query) ?? [];
    expect(messages.map(({ length }) => length > 62_500 && length <= 63_029)).toEqual([true, true, false]);
    const records = messages.flatMap((message) => decodeMessage(message)?.answers ?? []);
    expect([records.length, records[0]?.type, records.at(-1)?.type]).toEqual([614, "SOA", "SOA"]);
  });
  it("hands over the cluster's zone too: D-03 what it lists is what it answers", () => {
    const made = withWeb(server(["kubernetes cluster.local", "transfer {", "to *", "}"]));
    made.zone.putEndpointSlice(slice({ service: "web", endpoints: ["10.12.0.7"] }));
    made.zone.putService(
      service("db", { clusterIP: "None", clusterIPs: ["None"], ports: [{ name: "pg", port: 5432 }] }),
    );
    made.zone.putEndpointSlice(
      slice({
        name: "db-1",
        service: "db",
        ports: [{ name: "pg", port: 5432 }],
        endpoints: ["10.12.0.8", "10.12.0.9"],
      }),
    );
    const whole = made.ask("cluster.local.", "AXFR", {}, { transport: "tcp" }).answers;
    for (const record of whole) expect(outcome(made.ask(record.name, record.type))).not.toMatch(/^[A-Z]+$/);
    expect(whole.map(({ type }) => type)).toEqual([
      "SOA",
      "NS",
      "A",
      "A",
      "A",
      "SRV",
      "A",
      "A",
      "SRV",
      "A",
      "SRV",
      "SOA",
    ]);
  });
});

describe("autopath", () => {
  type Ask = ServerSurroundings["ask"];
  const made = (ask: Ask | "timeout" = knowsOne(), files = new Map<string, string>()): TestServer => {
    const one = withWeb(
      server(["autopath @kubernetes", "kubernetes cluster.local {", "pods verified", "}", "forward . 192.0.2.53"], {
        ask: ask === "timeout" ? () => ask : ask,
        files,
      }),
    );
    one.zone.putPod({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "default" },
      spec: { containers: [] },
      status: { podIP: "10.12.0.99" },
    });
    return one;
  };
  it("CD-33 ends a known pod's walk in its first question", () => {
    expect(outcome(made().ask("www.example.com.default.svc.cluster.local.", "A"))).toBe(
      "60 CNAME www.example.com. | 60 A 192.0.2.1",
    );
    expect(outcome(made().ask("nope.example.default.svc.cluster.local.", "A"))).toBe("NXDOMAIN");
  });
  it("counts the walks it ended, and ends them where something went wrong", () => {
    const server1 = made();
    server1.ask("www.example.com.default.svc.cluster.local.", "A");
    server1.ask("nope.example.default.svc.cluster.local.", "A");
    expect(server1.metrics.text()).toContain('coredns_autopath_success_total{server="dns://:53"} 1\n');
    expect(outcome(made("timeout").ask("www.example.com.default.svc.cluster.local.", "A"))).toBe("SERVFAIL");
  });
  it("tries the domains of the server's own resolv.conf last", () => {
    const files = new Map([["/etc/resolv.conf", "nameserver 192.0.2.1\nsearch Example.com\n"]]);
    const server1 = made(knowsOne(), files);
    expect(outcome(server1.ask("www.default.svc.cluster.local.", "A"))).toBe(
      "60 CNAME www.example.com. | 60 A 192.0.2.1",
    );
  });
  it("leaves strangers to walk themselves", () =>
    expect(outcome(made().ask("www.example.com.default.svc.cluster.local.", "A", {}, { address: "10.12.0.98" }))).toBe(
      "NXDOMAIN",
    ));
});

describe("small answers", () => {
  it("any, local and minimal", () => {
    expect(outcome(withWeb(server(["any", "kubernetes cluster.local"])).ask(WEB, "ANY"))).toBe(
      '8482 HINFO "ANY obsoleted" "See RFC 8482"',
    );
    const local = server(["local", "whoami"]);
    for (const name of ["localhost.", "a.localhost.", "localhost.example.org."])
      expect(outcome(local.ask(name, "A"))).toBe("604800 A 127.0.0.1");
    expect(local.ask("a.localhost.", "MX").authorities).toMatchObject([{ name: "a.localhost.", type: "SOA" }]);
    expect(outcome(local.ask("1.0.0.127.in-addr.arpa.", "PTR"))).toBe("604800 PTR localhost.");
    expect(outcome(local.ask("2.0.0.127.in-addr.arpa.", "PTR"))).toBe("NXDOMAIN");
    const minimal = withWeb(server(["minimal", "kubernetes cluster.local"]));
    expect(minimal.ask(WEB, "SRV").additionals).toEqual([]);
  });
  it("chaos tells the version in class CH; without it, or forward, CH is refused", () => {
    const questions = [{ name: "version.bind.", type: "TXT", class: 3 }];
    expect(outcome(server(["chaos"], { version: "1.12.1" }).ask("version.bind.", "TXT", { questions }))).toBe(
      '0 TXT "CoreDNS-1.12.1"',
    );
    expect(outcome(server(["whoami"]).ask("version.bind.", "TXT", { questions }))).toBe("REFUSED");
    expect(
      outcome(server(["forward . 192.0.2.9"], { ask: knowsOne() }).ask("version.bind.", "TXT", { questions })),
    ).toBe("SERVFAIL");
  });
  it("whoami tells a client its own address", () => {
    const { additionals } = server(["whoami"]).ask(
      "a.",
      "A",
      {},
      { address: "10.12.0.7", port: 4711, transport: "tcp" },
    );
    expect(additionals).toMatchObject([
      { type: "A", address: "10.12.0.7" },
      { type: "SRV", name: "_tcp.a.", port: 4711 },
    ]);
  });
});

describe("server blocks", () => {
  const blocks = `example.org {
  template IN A {
    answer "{{ .Name }} 1 IN A 10.0.0.1"
  }
}
sub.example.org {
  template IN A {
    answer "{{ .Name }} 1 IN A 10.0.0.2"
  }
}
10.0.0.0/24:1053 {
  whoami
}
`;
  it("CD-10 E-07 take the names of their zones, the longest first; others are refused", () => {
    const made = testServer(blocks);
    expect(outcome(made.ask("a.example.org.", "A"))).toBe("1 A 10.0.0.1");
    expect(outcome(made.ask("a.SUB.example.org.", "A"))).toBe("1 A 10.0.0.2");
    expect(outcome(made.ask("example.com.", "A"))).toBe("REFUSED");
    expect(made.loaded.banner).toBe("0.0.10.in-addr.arpa.:1053\nexample.org.:53\nsub.example.org.:53\n");
    const query = dnsQuery({ name: "1.0.0.10.in-addr.arpa.", type: "PTR" });
    const client = { address: "10.12.0.1", port: 1, transport: "udp" } as const;
    expect(made.port(1053).answer(query, { client, size: 0 })?.message.additionals).toHaveLength(2);
  });
  it("may not have a zone twice", () =>
    expect(tryServer(". {\n whoami\n}\n. {\n whoami\n}")).toBe("cannot serve dns://.:53 - it is already defined"));
});
