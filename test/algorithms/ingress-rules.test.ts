import { describe, expect, it } from "vitest";
import { matchIngress } from "../../src/algorithms/index.ts";
import type { Ingress } from "../../src/api/index.ts";

type Path = readonly [path: string, type: "Exact" | "Prefix" | "ImplementationSpecific", service: string];

function ingress(host: string | undefined, paths: readonly Path[], fallback?: string): Ingress {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: host ?? "any", namespace: "default" },
    spec: {
      ...(fallback === undefined ? {} : { defaultBackend: { service: { name: fallback, port: { number: 80 } } } }),
      rules: [
        {
          ...(host === undefined ? {} : { host }),
          http: {
            paths: paths.map(([path, pathType, name]) => ({
              path,
              pathType,
              backend: { service: { name, port: { number: 80 } } },
            })),
          },
        },
      ],
    },
  };
}

const match = (ingresses: readonly Ingress[], host: string, path: string): string =>
  matchIngress(ingresses, { host, path })?.backend.service?.name ?? "none";

describe("matchIngress", () => {
  /** The table of path matches in the Kubernetes documentation. */
  const documented: readonly (readonly ["Exact" | "Prefix", string, string, boolean])[] = [
    ["Prefix", "/", "/any/path", true],
    ["Exact", "/foo", "/foo", true],
    ["Exact", "/foo", "/bar", false],
    ["Exact", "/foo", "/foo/", false],
    ["Exact", "/foo/", "/foo", false],
    ["Prefix", "/foo", "/foo", true],
    ["Prefix", "/foo", "/foo/", true],
    ["Prefix", "/foo/", "/foo", true],
    ["Prefix", "/aaa/bb", "/aaa/bbb", false],
    ["Prefix", "/aaa/bbb", "/aaa/bbb", true],
    ["Prefix", "/aaa/bbb/", "/aaa/bbb", true],
    ["Prefix", "/aaa/bbb", "/aaa/bbb/ccc", true],
    ["Prefix", "/aaa/bbb", "/aaa/bbbxyz", false],
  ];
  it.each(documented)("S1-53 %s %s and a request for %s: %s", (type, path, requested, wanted) =>
    expect(match([ingress(undefined, [[path, type, "a"]])], "x", requested)).toBe(wanted ? "a" : "none"),
  );

  it.each([
    ["*.foo.com", "bar.foo.com", true],
    ["*.foo.com", "baz.bar.foo.com", false],
    ["*.foo.com", "foo.com", false],
    ["foo.com", "FOO.com:8080", true],
  ] as const)("S1-53 host %s takes %s: %s", (host, requested, wanted) =>
    expect(match([ingress(host, [["/", "Prefix", "a"]])], requested, "/")).toBe(wanted ? "a" : "none"),
  );

  it("S1-53 the longest path counts, an exact one before an equal prefix, the very host before a wildcard before any", () => {
    const rules = [
      ingress(undefined, [["/", "Prefix", "any"]], "fallback"),
      ingress("*.foo.com", [["/", "Prefix", "wild"]]),
      ingress("a.foo.com", [
        ["/", "Prefix", "short"],
        ["/long", "Prefix", "long"],
        ["/long", "Exact", "exact"],
      ]),
    ];
    expect(match(rules, "a.foo.com", "/long")).toBe("exact");
    expect(match(rules, "a.foo.com", "/long/er?x=1")).toBe("long");
    expect(match(rules, "a.foo.com", "/")).toBe("short");
    expect(match(rules, "b.foo.com", "/")).toBe("wild");
    expect(match(rules, "elsewhere", "/")).toBe("any");
    expect(match(rules.slice(1), "elsewhere", "/")).toBe("none");
  });

  it("S1-53 what no path of a host takes goes to the default backend of that host, and to no other host's rules", () => {
    const rules = [
      ingress(undefined, [["/any", "Prefix", "any"]], "fallback"),
      ingress("*.foo.com", [["/wild", "Prefix", "wild"]]),
      ingress("a.foo.com", [["/here", "Prefix", "here"]], "own"),
    ];
    expect(match(rules, "a.foo.com", "/wild")).toBe("own");
    expect(match(rules, "b.foo.com", "/any")).toBe("none");
    expect(match(rules, "elsewhere", "/any")).toBe("any");
    expect(match(rules, "elsewhere", "/wild")).toBe("fallback");
  });
});
