import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DnsMessage, dnsQuery, RCODE } from "../../src/network/dns/message.ts";
import {
  type AskServer,
  hostsAddress,
  parseResolvConf,
  type ResolverFlavor,
  resolveName,
  searchNames,
} from "../../src/network/resolver.ts";

const CONF = parseResolvConf(
  "search default.svc.cluster.local svc.cluster.local cluster.local clusterset.local\nnameserver 10.13.0.10\noptions ndots:5\n",
);

/** A server that knows some names: an address, `NODATA`, `SERVFAIL`; every other does not exist. */
function server(known: Readonly<Record<string, string>>): AskServer {
  return (_, name, type) => {
    const outcome = known[name] ?? "NXDOMAIN";
    const answer = (rcode: number, change: Partial<DnsMessage> = {}): DnsMessage => ({
      ...dnsQuery({ name, type }),
      rcode,
      ...change,
    });
    if (outcome === "NXDOMAIN") return answer(RCODE.NXDOMAIN);
    if (outcome === "SERVFAIL") return answer(RCODE.SERVFAIL);
    if (outcome === "NODATA" || type !== "A") return answer(RCODE.NOERROR);
    return answer(RCODE.NOERROR, { answers: [{ name, type: "A", ttl: 5, address: outcome }] });
  };
}

function resolve(name: string, known: Readonly<Record<string, string>>, flavor: ResolverFlavor): string {
  const found = resolveName(CONF, name, { ask: server(known), flavor });
  return found.ok ? `${found.addresses.join(" ")} as ${found.name}` : found.reason;
}

describe("searchNames", () => {
  const suffixed = ["default.svc.cluster.local.", "svc.cluster.local.", "cluster.local.", "clusterset.local."];

  it("S4-62 RES-02 tries a name with fewer dots than ndots along the search list first", () => {
    expect(searchNames(CONF, "foo.default.svc")).toEqual([
      ...suffixed.map((domain) => `foo.default.svc.${domain}`),
      "foo.default.svc.",
    ]);
  });

  it("RES-02 tries a name with enough dots as it is first, and a rooted one only as it is", () => {
    expect(searchNames(CONF, "a.b.c.d.e.f")[0]).toBe("a.b.c.d.e.f.");
    expect(searchNames(CONF, "foo.")).toEqual(["foo."]);
  });

  it("RES-02 RES-03 asks every candidate once, the bare name among them, for any ndots", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 15 }),
        fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 7 }),
        (ndots, labels) => {
          const name = labels.join(".");
          const names = searchNames({ ...CONF, ndots }, name);
          expect(new Set(names).size).toBe(5);
          expect(names.indexOf(`${name}.`)).toBe(labels.length - 1 >= ndots ? 0 : 4);
        },
      ),
    );
  });
});

describe("what a walk without an address comes to", () => {
  const two = parseResolvConf("search a.\nnameserver 10.0.0.1\nnameserver 10.0.0.2\noptions ndots:2 no-aaaa\n");
  /** Servers that fail, or do not know, or know an address, by server and name. */
  const asking =
    (said: Readonly<Record<string, string>>): AskServer =>
    (at, name, type) =>
      server({ [name]: said[`${at} ${name}`] ?? said[name] ?? "NXDOMAIN" })(at, name, type);
  const rows: readonly (readonly [string, ResolverFlavor, string, Readonly<Record<string, string>>, string])[] = [
    [
      "the next server where one fails",
      "glibc",
      "x",
      { "10.0.0.1 x.a.": "SERVFAIL", "10.0.0.2 x.a.": "10.9.9.9" },
      "10.9.9.9",
    ],
    [
      "the next server where one fails",
      "musl",
      "x",
      { "10.0.0.1 x.a.": "SERVFAIL", "10.0.0.2 x.a.": "10.9.9.9" },
      "10.9.9.9",
    ],
    ["a failure on the way counts for glibc", "glibc", "x", { "x.a.": "SERVFAIL" }, "server misbehaving"],
    ["a name without data counts for more", "glibc", "x", { "x.a.": "SERVFAIL", "x.": "NODATA" }, "no such host"],
    ["the name itself counts when it goes first", "glibc", "x.y.z", { "x.y.z.a.": "SERVFAIL" }, "no such host"],
    ["and fails when it does", "glibc", "x.y.z", { "x.y.z.": "SERVFAIL" }, "server misbehaving"],
    ["Go forgives what another name denies", "go", "x", { "x.a.": "SERVFAIL" }, "no such host"],
    ["musl looks no further than a name with dots enough", "musl", "x.y.z", { "x.y.z.a.": "10.9.9.9" }, "no such host"],
    ["glibc does", "glibc", "x.y.z", { "x.y.z.a.": "10.9.9.9" }, "10.9.9.9"],
  ];
  it.each(rows)("RES-02 %s (%s)", (_, flavor, name, said, outcome) => {
    const found = resolveName(two, name, { ask: asking(said), flavor });
    expect(found.ok ? found.addresses.join(" ") : found.reason).toBe(outcome);
    expect(new Set(found.steps.map(({ type }) => type))).toEqual(new Set(["A"]));
  });
});

describe("resolveName", () => {
  const imported = { "foo.default.svc.clusterset.local.": "10.13.166.120" };
  const hidden = { ...imported, "foo.default.svc.cluster.local.": "NODATA" };
  const broken = { ...imported, "foo.default.svc.cluster.local.": "SERVFAIL" };
  const found = "10.13.166.120 as foo.default.svc.clusterset.local.";
  const rows: readonly (readonly [string, ResolverFlavor, string, string])[] = [
    ["goes on after NXDOMAIN", "glibc", resolve("foo.default.svc", imported, "glibc"), found],
    ["goes on after NXDOMAIN", "musl", resolve("foo.default.svc", imported, "musl"), found],
    ["goes on after a name without data", "glibc", resolve("foo.default.svc", hidden, "glibc"), found],
    ["goes on after a name without data", "go", resolve("foo.default.svc", hidden, "go"), found],
    ["stops at a name without data", "musl", resolve("foo.default.svc", hidden, "musl"), "no such host"],
    ["goes on after SERVFAIL", "glibc", resolve("foo.default.svc", broken, "glibc"), found],
    ["stops at SERVFAIL", "musl", resolve("foo.default.svc", broken, "musl"), "no such host"],
    ["takes an address as it is", "go", resolve("10.1.2.3", {}, "go"), "10.1.2.3 as 10.1.2.3"],
  ];
  it.each(rows)("RES-02 %s (%s)", (_, __, got, wanted) => expect(got).toBe(wanted));

  it("RES-03 RES-05 costs two questions for every domain of the list, each time anew", () => {
    const asked: string[] = [];
    const ask: AskServer = (at, name, type) => {
      asked.push(`${type} ${name}`);
      return server({ "example.com.": "192.0.2.1" })(at, name, type);
    };
    for (let time = 1; time <= 2; time++) {
      expect(resolveName(CONF, "example.com", { ask, flavor: "glibc" }).ok).toBe(true);
      expect(asked).toHaveLength(10 * time);
    }
    expect(asked.slice(-2).sort()).toEqual(["A example.com.", "AAAA example.com."]);
  });

  it("gives up on a silent server after its time-outs, and tries the next server", () => {
    const silent: AskServer = () => "timeout";
    expect(resolveName(CONF, "foo", { ask: silent, flavor: "glibc" })).toMatchObject({
      ok: false,
      reason: "i/o timeout",
      waitedMs: 10_000,
    });
    const second = { ...CONF, nameservers: ["10.0.0.1", "10.0.0.2"] };
    const ask: AskServer = (address, name, type) =>
      address === "10.0.0.1" ? "timeout" : server({ "foo.cluster.local.": "10.9.9.9" })(address, name, type);
    expect(resolveName(second, "foo", { ask, flavor: "glibc" })).toMatchObject({ ok: true, addresses: ["10.9.9.9"] });
  });
});

describe("files", () => {
  it("RES-01 reads resolv.conf with comments, several search lines and options", () => {
    expect(
      parseResolvConf("# by hand\nsearch a b\nsearch c\nnameserver 1.1.1.1 # one\noptions ndots:2 timeout:1\n"),
    ).toMatchObject({
      nameservers: ["1.1.1.1"],
      search: ["c"],
      ndots: 2,
      timeoutSeconds: 1,
    });
    expect(parseResolvConf("")).toMatchObject({ nameservers: [], search: [], ndots: 1 });
  });

  it("reads hosts files, letters of any case", () => {
    const hosts = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n10.1.2.3 db db.local # alias\n";
    expect(hostsAddress(hosts, "DB.local")).toBe("10.1.2.3");
    expect(hostsAddress(hosts, "alias")).toBeUndefined();
  });
});
