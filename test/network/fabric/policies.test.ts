import { describe, expect, it } from "vitest";
import {
  Namespace,
  NetworkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  Pod,
  Service,
} from "../../../src/api/index.ts";
import { nodesNamed, type OneCluster, oneCluster } from "../proxy/one-cluster.ts";

type Spec = {
  readonly podSelector?: object;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly {
    readonly from?: readonly NetworkPolicyPeer[];
    readonly ports?: readonly NetworkPolicyPort[];
  }[];
  readonly egress?: readonly {
    readonly to?: readonly NetworkPolicyPeer[];
    readonly ports?: readonly NetworkPolicyPort[];
  }[];
};

const policy = (name: string, spec: Spec, namespace = "default") => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace },
  spec: { podSelector: {}, ...spec },
});

/** A web Service, a friend and a stranger in its namespace, and one in the namespace `other`. */
function world(): OneCluster {
  const made = oneCluster({ nodes: nodesNamed(2) });
  made.web("web", 1, { nodeName: "n1" });
  made.service("web", {
    selector: { app: "web" },
    clusterIP: "10.96.7.7",
    type: "NodePort",
    ports: [{ port: 80, nodePort: 30_007 }],
  });
  made.client("friend", { nodeName: "n2" });
  made.client("stranger", { nodeName: "n2" });
  made.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "other", labels: { team: "b" } } });
  made.create(Pod, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "away", namespace: "other", labels: { client: "away" } },
    spec: { nodeName: "n2", containers: [{ name: "c", image: "busybox", command: ["sleep", "1d"] }] },
  });
  return made;
}

const AWAY = { cluster: "c1", namespace: "other", pod: "away" };
const OUTSIDE = { outside: "203.0.113.9" };
const passes = (at: OneCluster, from: string | typeof AWAY | typeof OUTSIDE, url = "http://10.96.7.7"): boolean =>
  at.ask(from, url, { timeoutMs: 100 }).status === 200;
const friends: NetworkPolicyPeer = { podSelector: { matchLabels: { client: "friend" } } };
const toWeb: Spec = { podSelector: { matchLabels: { app: "web" } } };

describe("NetworkPolicies", () => {
  it("bind nobody while there are none, and shut a selected pod to all but whom a rule names", () => {
    const at = world();
    expect([passes(at, "friend"), passes(at, "stranger"), passes(at, AWAY)]).toEqual([true, true, true]);
    at.create(NetworkPolicy, policy("deny", toWeb));
    expect([passes(at, "friend"), passes(at, "stranger"), passes(at, AWAY)]).toEqual([false, false, false]);
    at.create(NetworkPolicy, policy("friends", { ...toWeb, ingress: [{ from: [friends] }] }));
    expect([passes(at, "friend"), passes(at, "stranger"), passes(at, AWAY)]).toEqual([true, false, false]);
    at.remove(NetworkPolicy, "deny");
    at.remove(NetworkPolicy, "friends");
    expect(passes(at, "stranger")).toBe(true);
  });

  it("follow the labels of pods and namespaces as they change", () => {
    const at = world();
    at.create(
      NetworkPolicy,
      policy("friends", {
        ...toWeb,
        ingress: [{ from: [friends, { namespaceSelector: { matchLabels: { team: "a" } } }] }],
      }),
    );
    at.patch(Pod, "stranger", { metadata: { labels: { client: "friend" } } });
    expect([passes(at, "stranger"), passes(at, AWAY)]).toEqual([true, false]);
    at.patch(Namespace, "other", { metadata: { labels: { team: "a" } } });
    expect(passes(at, AWAY)).toBe(true);
    at.patch(Pod, "friend", { metadata: { labels: { client: null } } });
    expect(passes(at, "friend")).toBe(false);
  });

  it("take pods of a namespace when both selectors fit, of their own when only pods are selected", () => {
    const at = world();
    const both: NetworkPolicyPeer = {
      namespaceSelector: { matchLabels: { team: "b" } },
      podSelector: { matchLabels: { client: "away" } },
    };
    at.create(NetworkPolicy, policy("both", { ...toWeb, ingress: [{ from: [both] }] }));
    expect([passes(at, AWAY), passes(at, "friend")]).toEqual([true, false]);
    at.create(NetworkPolicy, policy("own", { ...toWeb, ingress: [{ from: [{ podSelector: {} }] }] }));
    expect(passes(at, "friend")).toBe(true);
  });

  const portRows: readonly (readonly [string, readonly NetworkPolicyPort[], boolean])[] = [
    ["a number", [{ port: 80 }], true],
    ["another number", [{ port: 81 }], false],
    ["a name", [{ port: "http" }], true],
    ["a name the pod has not", [{ port: "metrics" }], false],
    ["a range", [{ port: 70, endPort: 90 }], true],
    ["a range beside it", [{ port: 81, endPort: 90 }], false],
    ["another protocol", [{ protocol: "UDP", port: 80 }], false],
    ["no port in particular", [{ protocol: "TCP" }], true],
  ];
  it.each(portRows)("let in at %s", (_, ports, wanted) => {
    const at = world();
    at.create(NetworkPolicy, policy("ports", { ...toWeb, ingress: [{ ports }] }));
    expect(passes(at, "friend")).toBe(wanted);
  });

  it("let blocks of addresses in but for their exceptions; what comes by a node port comes from the node", () => {
    const at = world();
    const friend = at.get(Pod, "friend").status?.podIP ?? "";
    const block = (cidr: string, except: readonly string[] = []): Spec => ({
      ...toWeb,
      ingress: [{ from: [{ ipBlock: { cidr, except } }] }],
    });
    at.create(NetworkPolicy, policy("block", block("10.244.0.0/16", [`${friend}/32`])));
    expect([passes(at, "friend"), passes(at, "stranger")]).toEqual([false, true]);
    expect(passes(at, OUTSIDE, "http://172.18.0.3:30007")).toBe(false);
    // The node the pod runs on may always speak to it.
    expect(passes(at, OUTSIDE, "http://172.18.0.2:30007")).toBe(true);
    at.patch(Service, "web", { spec: { externalTrafficPolicy: "Local" } });
    expect(passes(at, OUTSIDE, "http://172.18.0.2:30007")).toBe(false);
    at.create(NetworkPolicy, policy("world", block("203.0.113.0/24")));
    expect(passes(at, OUTSIDE, "http://172.18.0.2:30007")).toBe(true);
  });

  it("hold pods back from going out, but for DNS where it is allowed", () => {
    const at = world();
    const selected: Spec = { podSelector: { matchLabels: { client: "friend" } } };
    at.create(NetworkPolicy, policy("stay", { ...selected, policyTypes: ["Egress"] }));
    expect([passes(at, "friend"), passes(at, "stranger")]).toEqual([false, true]);
    expect(at.ask("friend", "http://web", { timeoutMs: 100 }).error).toContain("lookup web");
    at.create(
      NetworkPolicy,
      policy("dns", { ...selected, policyTypes: ["Egress"], egress: [{ ports: [{ protocol: "UDP", port: 53 }] }] }),
    );
    expect(at.ask("friend", "http://web", { timeoutMs: 100 }).error).toContain("dial tcp 10.96.7.7:80");
    at.create(
      NetworkPolicy,
      policy("web", {
        ...selected,
        policyTypes: ["Egress"],
        egress: [{ to: [{ podSelector: { matchLabels: { app: "web" } } }] }],
      }),
    );
    expect(at.ask("friend", "http://web").status).toBe(200);
  });

  it("drop what they do not let through, and say so when asked", () => {
    const at = world();
    at.create(NetworkPolicy, policy("deny", toWeb));
    expect(at.ask("friend", "http://10.96.7.7").error).toContain("i/o timeout");
    const from = { cluster: "c1", namespace: "default", pod: "friend" };
    expect(at.network.explain(from, "http://10.96.7.7").join("\n")).toMatch(
      /NetworkPolicy default\/deny does not let 10\.244\.1\.\d+ in to 10\.244\.0\.\d+:80/,
    );
  });

  it("are refused when they make no sense", () => {
    const at = oneCluster();
    const refused = (spec: Spec): string => at.refusal(NetworkPolicy, policy("bad", spec));
    expect(refused({ ingress: [{ ports: [{ port: 90, endPort: 80 }] }] })).toContain(
      "spec.ingress[0].ports[0].endPort: Invalid value: 90: must be greater than or equal to `port`",
    );
    expect(refused({ ingress: [{ from: [{}] }] })).toContain(
      "spec.ingress[0].from[0]: Required value: must specify a peer",
    );
    expect(refused({ egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }] }] })).toContain(
      "must be a strict subset of `cidr`",
    );
  });
});
