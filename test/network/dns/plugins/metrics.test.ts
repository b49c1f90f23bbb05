import { describe, expect, it } from "vitest";
import { encodeMessage } from "../../../../src/network/dns/encode.ts";
import { dnsQuery } from "../../../../src/network/dns/message.ts";
import { service, slice } from "../../objects.ts";
import { server, type TestServer } from "../test-server.ts";

const packet = (name: string): Buffer => encodeMessage(dnsQuery({ name, type: "A" }));

/** Lines of the page without buckets and sums, in the order of CoreDNS' names. */
function shown(made: TestServer, wanted: RegExp): readonly string[] {
  const lines = made.metrics.text().split("\n");
  return lines.filter((line) => wanted.test(line) && !/_bucket|_sum/.test(line));
}

describe("the metrics of plugins", () => {
  const lines = [
    "errors",
    "health",
    "prometheus",
    "local",
    "cache 30",
    "template IN A tpl.org {",
    'answer "{{ .Name }} 60 IN A {{ if eq .Name \\"bad.tpl.org.\\" }}x{{ else if eq .Name \\"worse.tpl.org.\\" }}{{ .Nope }}{{ else }}1.2.3.4{{ end }}"',
    "}",
    "hosts x {",
    "10.0.0.1 a.example",
    "fallthrough",
    "}",
  ];

  it("are those CoreDNS 1.14.7 shows after the same questions", () => {
    const made = server(lines, { version: "1.14.7" });
    for (const part of made.loaded.parts) part.started?.();
    const names = ["a.example.", "a.example.", "b.tpl.org.", "bad.tpl.org.", "worse.tpl.org.", "x.localhost."];
    for (const name of names) made.ask(name, "A");
    made.advance(3500);
    const template =
      '{{.Name}} 60 IN A {{if eq .Name \\"bad.tpl.org.\\"}}x{{else}}{{if eq .Name \\"worse.tpl.org.\\"}}{{.Nope}}{{else}}1.2.3.4{{end}}{{end}}';
    const of = 'server="dns://:53",';
    expect(shown(made, /^coredns_(cache|forward|health|hosts|local|panics|reload|template)/)).toEqual([
      `coredns_cache_entries{${of}type="denial",view="",zones="."} 0`,
      `coredns_cache_entries{${of}type="success",view="",zones="."} 2`,
      `coredns_cache_hits_total{${of}type="success",view="",zones="."} 1`,
      `coredns_cache_misses_total{${of}view="",zones="."} 4`,
      `coredns_cache_requests_total{${of}view="",zones="."} 5`,
      "coredns_forward_healthcheck_broken_total 0",
      "coredns_forward_max_concurrent_rejects_total 0",
      "coredns_health_request_duration_seconds_count 3",
      "coredns_health_request_failures_total 0",
      "coredns_hosts_reload_timestamp_seconds 0",
      "coredns_local_localhost_requests_total 1",
      "coredns_panics_total 0",
      "coredns_reload_failed_total 0",
      `coredns_template_matches_total{class="IN",${of}type="A",view="",zone="tpl.org."} 3`,
      `coredns_template_rr_failures_total{class="IN",section="answer",${of}template="${template}",type="A",view="",zone="tpl.org."} 1`,
      `coredns_template_template_failures_total{class="IN",section="answer",${of}template="${template}",type="A",view="",zone="tpl.org."} 1`,
    ]);
  });

  it("have the types and helps of CoreDNS", () => {
    const made = server(lines, { version: "1.14.7" });
    made.ask("a.example.", "A");
    expect(made.metrics.text()).toContain(
      [
        "# HELP coredns_cache_misses_total The count of cache misses. Deprecated, derive misses from cache hits/requests counters.",
        "# TYPE coredns_cache_misses_total counter",
      ].join("\n"),
    );
    expect(shown(made, /^# TYPE coredns_(cache_entries|health_request_d|hosts)/)).toEqual([
      "# TYPE coredns_cache_entries gauge",
      "# TYPE coredns_health_request_duration_seconds histogram",
      "# TYPE coredns_hosts_reload_timestamp_seconds gauge",
    ]);
  });

  it("tell whom acl turned away, and how connections to other servers were used", () => {
    const acl = ["block", "filter", "drop"].flatMap((action) => [`acl ${action}.org {`, action, "}"]);
    const made = server(["prometheus", ...acl, "forward . 192.0.2.53 {", "expire 5s", "}"], {
      ask: (_, query) =>
        query.questions[0]?.name === "late." ? "timeout" : { ...query, flags: { ...query.flags, response: true } },
    });
    for (const name of ["a.block.org.", "a.filter.org.", "a.drop.org."]) made.port().respond(packet(name), "udp");
    for (const name of ["a.", "b.", "late.", "c."]) made.ask(name, "A");
    made.advance(5001);
    made.ask("d.", "A");
    const of = 'server="dns://:53",view=""';
    expect(shown(made, /^coredns_(acl|proxy_conn|dns_responses)/)).toEqual([
      `coredns_acl_allowed_requests_total{${of}} 5`,
      `coredns_acl_blocked_requests_total{${of},zone="block.org."} 1`,
      `coredns_acl_dropped_requests_total{${of},zone="drop.org."} 1`,
      `coredns_acl_filtered_requests_total{${of},zone="filter.org."} 1`,
      `coredns_dns_responses_total{plugin="",rcode="NOERROR",${of},zone="."} 1`,
      `coredns_dns_responses_total{plugin="",rcode="SERVFAIL",${of},zone="."} 1`,
      `coredns_dns_responses_total{plugin="acl",rcode="NOERROR",${of},zone="."} 5`,
      `coredns_dns_responses_total{plugin="acl",rcode="REFUSED",${of},zone="."} 1`,
      'coredns_proxy_conn_cache_hits_total{proto="udp",proxy_name="forward",to="192.0.2.53:53"} 2',
      'coredns_proxy_conn_cache_misses_total{proto="udp",proxy_name="forward",to="192.0.2.53:53"} 4',
    ]);
  });

  it("tell how long after a pod changed a headless Service's slices were known, and of the lists asked for", () => {
    const variables = { KUBERNETES_SERVICE_HOST: "10.13.0.1", KUBERNETES_SERVICE_PORT: "443" };
    const made = server(["kubernetes cluster.local"], { variables });
    for (const part of made.loaded.parts) part.started?.();
    const changed = (name: string, atMs: number): void =>
      changedAt(name, new Date(made.loop.nowMs() + atMs).toISOString());
    const changedAt = (name: string, trigger: string): void => {
      const one = slice({ service: name, endpoints: ["10.12.0.7"] });
      const annotations = { "endpoints.kubernetes.io/last-change-trigger-time": trigger };
      made.zone.putEndpointSlice({ ...one, metadata: { ...one.metadata, annotations } });
    };
    made.zone.putService(service("db", { clusterIP: "None", clusterIPs: ["None"] }));
    made.zone.putService(service("web", { clusterIP: "10.13.0.20", clusterIPs: ["10.13.0.20"] }));
    changed("db", -300);
    changed("web", -300);
    made.advance(1000);
    changed("db", 0);
    changedAt("db", "yesterday");
    made.loaded.stop();
    changed("db", -1);
    const name = "coredns_kubernetes_dns_programming_duration_seconds";
    expect(
      made.metrics
        .text()
        .split("\n")
        .filter((line) => line.includes(`${name}_`) && / [12]$/.test(line))
        .at(-1),
    ).toBe(`${name}_count{service_kind="headless_with_selector"} 2`);
    expect(made.metrics.text()).toContain(`${name}_bucket{service_kind="headless_with_selector",le="0.256"} 1\n`);
    expect(shown(made, /^coredns_kubernetes_rest/)).toEqual([
      'coredns_kubernetes_rest_client_requests_total{code="200",host="10.13.0.1:443",method="GET"} 3',
    ]);
  });
});
