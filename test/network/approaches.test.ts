import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  CustomResourceDefinition,
  Deployment,
  EndpointSlice,
  Pod,
  Service,
  ServiceImport,
} from "../../src/api/index.ts";
import { serviceImport, slice } from "./objects.ts";
import { commandPod, serveDeployment, serveService, type TwoClusters, twoClusters } from "./two-clusters.ts";

const CRD = parse(
  readFileSync(join(import.meta.dirname, "../../crds/multicluster.x-k8s.io_serviceimports.yaml"), "utf8"),
);
const HERE = { ports: [{ name: "", port: 8080, protocol: "TCP" as const }] };

/** What the consumer (member2) has of its own: a Service with ready pods, one without, or none; and the remote side. */
type Local = "own" | "own, empty" | "none";
type Remote = "ready" | "none";
/** Whether a Service of the same name, or an import and a Service derived of it, lead across. */
type Approach = "shadow" | "import";

/** A world in that state; what a client in member2 is told by a name. */
function ask(approach: Approach, local: Local, remote: Remote): (name: string) => string {
  const world = twoClusters();
  world.create("member1", Deployment, serveDeployment(1));
  const [far = ""] = podAddresses(world, "member1");
  if (local !== "none") {
    const replicas = local === "own" ? 1 : 0;
    const made = JSON.stringify(serveDeployment(replicas)).replace("from cluster member1", "from home");
    world.create("member2", Deployment, JSON.parse(made));
  }
  if (local !== "none" || approach === "shadow") world.create("member2", Service, serviceHere(local));
  world.create("member2", CustomResourceDefinition, CRD);
  const endpoints = remote === "ready" ? [far] : [];
  const name = "imported-member1-serve";
  if (approach === "shadow") world.create("member2", EndpointSlice, slice({ name, service: "serve", endpoints }));
  else {
    const derived = { metadata: { name: "derived-serve", namespace: "default" }, spec: { ports: [{ port: 80 }] } };
    world.create("member2", Service, { apiVersion: "v1", kind: "Service", ...derived });
    const answer = world.send("member2", { verb: "get", kind: Service, namespace: "default", name: "derived-serve" });
    const ip = answer.ok ? ((answer.object as unknown as Service).spec.clusterIP ?? "") : "";
    world.create("member2", ServiceImport, serviceImport("serve", { ips: [ip] }));
    world.create("member2", EndpointSlice, slice({ name, service: "derived-serve", ...HERE, endpoints }));
  }
  const dnsConfig = { searches: ["clusterset.local"] };
  world.create("member2", Pod, commandPod("client", "busybox", ["sleep", "1d"], { dnsConfig }));
  return (asked) => {
    const seen = Array.from({ length: 24 }, () => told(world.get("member2", "client", `http://${asked}`)));
    return [...new Set(seen)].sort().join(" and ");
  };
}

function serviceHere(local: Local): object {
  const made = serveService() as { readonly spec: { readonly selector?: unknown } };
  if (local !== "none") return made;
  const { selector: _, ...spec } = made.spec;
  return { ...made, spec };
}

function podAddresses(world: TwoClusters, cluster: string): readonly string[] {
  const answer = world.send(cluster, { verb: "list", kind: Pod, namespace: "default" });
  return ((answer.ok ? answer.object.items : []) as readonly Pod[]).flatMap(({ status }) => status?.podIP ?? []);
}

const told = (answer: string): string =>
  /from home/.test(answer)
    ? "home"
    : /from cluster member1/.test(answer)
      ? "away"
      : (/refused|no such host|timeout/.exec(answer)?.[0] ?? answer);

const CLUSTER = "serve.default.svc.cluster.local";
const CLUSTERSET = "serve.default.svc.clusterset.local";
const SHORT = "serve.default.svc";

/** The rows of "what a simulator must show", but for what is only DNS (see `dns/`), and Lighthouse, which is not simulated. */
describe("the approaches to one name", () => {
  const rows: readonly (readonly [Approach, Local, Remote, Readonly<Record<string, string>>])[] = [
    ["shadow", "none", "ready", { [CLUSTER]: "away", [CLUSTERSET]: "no such host", [SHORT]: "away" }],
    ["shadow", "own", "ready", { [CLUSTER]: "away and home" }],
    ["shadow", "own, empty", "ready", { [CLUSTER]: "away" }],
    ["shadow", "own, empty", "none", { [CLUSTER]: "refused" }],
    ["shadow", "none", "none", { [CLUSTER]: "refused" }],
    [
      "import",
      "none",
      "ready",
      { [CLUSTER]: "no such host", [CLUSTERSET]: "away", [SHORT]: "away", "derived-serve": "away" },
    ],
    ["import", "own", "ready", { [CLUSTER]: "home", [CLUSTERSET]: "away", [SHORT]: "home" }],
    ["import", "own, empty", "ready", { [CLUSTER]: "refused", [CLUSTERSET]: "away", [SHORT]: "refused" }],
    ["import", "none", "none", { [CLUSTER]: "no such host", [CLUSTERSET]: "refused" }],
  ];
  it.each(rows)("3.7 by %s, where the Service here is %s and the one away %s", (approach, local, remote, wanted) => {
    const asked = ask(approach, local, remote);
    expect(Object.fromEntries(Object.keys(wanted).map((name) => [name, asked(name)]))).toEqual(wanted);
  });
});
