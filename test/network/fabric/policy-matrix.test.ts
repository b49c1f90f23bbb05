import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Namespace, NetworkPolicy, Pod } from "../../../src/api/index.ts";
import { nodesNamed, type OneCluster, oneCluster } from "../proxy/one-cluster.ts";

type PolicyText = {
  readonly pod?: string;
  readonly select?: object;
  readonly ingress?: readonly object[];
  readonly egress?: readonly object[];
};
type Step = {
  readonly put?: Readonly<Record<string, PolicyText | null>>;
  readonly relabel?: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
} & Readonly<Record<`${(typeof PROTOCOLS)[number]} ${number}`, readonly string[]>>;
type Row = { readonly it: string; readonly pods: string; readonly steps: readonly Step[] };

const PROTOCOLS = ["TCP", "UDP", "SCTP"] as const;
const PORTS = [80, 81];
const NAMESPACES = ["x", "y", "z"];
const NAMES = ["a", "b", "c"];
const ROWS = parse(readFileSync(new URL("policy-matrix.yaml", import.meta.url), "utf8"), {
  merge: true,
}) as readonly Row[];

let at: OneCluster;
let addresses: ReadonlyMap<string, { readonly pod: string; readonly service: string }>;
const placed = new Set<string>();

beforeAll(() => {
  at = oneCluster({ nodes: nodesNamed(2) });
  addresses = new Map(NAMESPACES.flatMap(inhabit));
});

afterEach(() => {
  for (const key of placed) remove(key);
});

function inhabit(namespace: string) {
  at.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const all = PROTOCOLS.flatMap((protocol) => PORTS.map((port) => ({ protocol, port })));
  return NAMES.map((name) => {
    const metadata = { name, namespace, labels: { pod: name } };
    const container = {
      name: "agnhost",
      image: "registry.k8s.io/e2e-test-images/agnhost:2.53",
      command: ["/agnhost", "porter"],
      env: all.map(({ protocol, port }) => ({ name: `SERVE_${protocol}_PORT_${port}`, value: "foo" })),
      ports: all.map(({ protocol, port }) => ({
        name: `serve-${port}-${protocol.toLowerCase()}`,
        containerPort: port,
        protocol,
      })),
    };
    at.create(Pod, { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [container] } });
    const service = at.service(
      `s-${name}`,
      {
        selector: { pod: name },
        ports: all.map(({ protocol, port }) => ({ name: `${protocol.toLowerCase()}-${port}`, protocol, port })),
      },
      { namespace },
    );
    const pod = at.get(Pod, name, namespace).status?.podIP ?? "";
    return [`${namespace}/${name}`, { pod, service: service.spec.clusterIP ?? "" }] as const;
  });
}

function remove(key: string): void {
  const [namespace = "", name = ""] = key.split("/");
  at.remove(NetworkPolicy, name, namespace);
  placed.delete(key);
}

function put(key: string, text: PolicyText | null): void {
  if (placed.has(key)) remove(key);
  if (text === null) return;
  placed.add(key);
  const [namespace = "", name = ""] = key.split("/");
  const { pod, select, ingress, egress } = JSON.parse(
    JSON.stringify(text).replace(/IP\((.*?)\)/g, (_, named: string) => addresses.get(named)?.pod ?? named),
  ) as PolicyText;
  at.create(NetworkPolicy, {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace },
    spec: {
      podSelector: select ?? (pod === undefined ? {} : { matchLabels: { pod } }),
      policyTypes: [...(ingress ? ["Ingress"] : []), ...(egress ? ["Egress"] : [])],
      ...(ingress ? { ingress } : {}),
      ...(egress ? { egress } : {}),
    },
  });
}

function relabel(key: string, labels: Readonly<Record<string, string | null>>): void {
  const [namespace = "", name] = key.split("/");
  if (name === undefined) at.patch(Namespace, namespace, { metadata: { labels } });
  else at.patch(Pod, name, { metadata: { labels } }, namespace);
}

/** Who must not reach whom; a pod and itself are left out, as there. */
function blocked(pods: readonly string[], rules: readonly string[]): readonly string[] {
  const shut = new Set<string>();
  const matches = (pattern: string, pod: string): boolean =>
    pattern === "*" || pattern === pod || (pattern.endsWith("/*") && pod.startsWith(pattern.slice(0, -1)));
  for (const rule of rules) {
    const [, plus, from = "", to = ""] = /^(\+ )?(\S+) > (\S+)$/.exec(rule) ?? [];
    for (const source of pods)
      for (const target of pods) {
        if (source === target || !matches(from, source) || !matches(to, target)) continue;
        if (plus === undefined) shut.add(`${source} > ${target}`);
        else shut.delete(`${source} > ${target}`);
      }
  }
  return [...shut].sort();
}

function observed(pods: readonly string[], protocol: string, port: string): readonly string[] {
  return pods
    .flatMap((source) => pods.filter((target) => target !== source).map((target) => ({ source, target })))
    .filter(({ source, target }) => {
      const [namespace = "", pod = ""] = source.split("/");
      const to = `${addresses.get(target)?.service}:${port}`;
      const said = at.execIn(namespace, pod, "/agnhost", "connect", to, "--timeout=1s", `--protocol=${protocol}`);
      expect(["", "TIMEOUT\n"]).toContain(said);
      return said !== "";
    })
    .map(({ source, target }) => `${source} > ${target}`)
    .sort();
}

describe("NetworkPolicies between pods of three namespaces", () => {
  it.each(ROWS)("$it", ({ pods, steps }) => {
    const asked = pods.split(" ");
    for (const { put: policies = {}, relabel: labels = {}, ...truths } of steps) {
      for (const [key, text] of Object.entries(policies)) put(key, text);
      for (const [key, values] of Object.entries(labels)) relabel(key, values);
      for (const [how, rules] of Object.entries(truths)) {
        const [protocol = "", port = ""] = how.split(" ");
        expect(observed(asked, protocol.toLowerCase(), port), how).toEqual(blocked(asked, rules));
      }
    }
  });
});
