import { describe, expect, it } from "vitest";
import { server, type TestServer } from "../test-server.ts";

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
});
