import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  CustomResourceDefinition,
  Deployment,
  EndpointSlice,
  Pod,
  Service,
  ServiceImport,
} from "../../src/api/index.ts";
import { World } from "../../src/index.ts";
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

/** The rows of "what a simulator must show", but for what is only DNS (see `dns/`, and Lighthouse's among the seeds). */
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

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

const SERVICE_EXPORT = {
  apiVersion: "multicluster.x-k8s.io/v1alpha1",
  kind: "ServiceExport",
  metadata: { name: "serve", namespace: "default" },
};

/** The same with Lighthouse, which exports what is here as well unless told not to; a link may be cut as well. */
async function askLighthouse(
  local: Local | "own, not exported",
  remote: Remote | "cut off",
): Promise<(name: string) => Promise<string>> {
  const members = [{ name: "member1" }, { name: "member2" }];
  const world = await World.create({ seed: 4, freeze: true, members, dns: { clusterset: "lighthouse" } });
  worlds.push(world);
  const [member1, member2] = [world.member("member1"), world.member("member2")];
  for (const object of [serveDeployment(remote === "none" ? 0 : 1), serveService(), SERVICE_EXPORT])
    await member1.apply(object as object);
  if (local !== "none") {
    const made = JSON.stringify(serveDeployment(local === "own, empty" ? 0 : 1));
    await member2.apply(JSON.parse(made.replace("from cluster member1", "from home")) as object);
    await member2.apply(serveService() as object);
    if (local !== "own, not exported") await member2.apply(SERVICE_EXPORT);
  }
  const dnsConfig = { searches: ["clusterset.local"] };
  await member2.apply(commandPod("client", "busybox", ["sleep", "1d"], { dnsConfig }) as object);
  await world.settle();
  if (remote === "cut off") world.partition("member1", "member2");
  return async (asked) => {
    const seen = new Set<string>();
    for (let turn = 0; turn < 6; turn++) {
      const answer = await member2.request({ namespace: "default", name: "client" }, `http://${asked}`);
      seen.add(told(answer.ok ? answer.body : answer.error));
    }
    return [...seen].sort().join(" and ");
  };
}

describe("the approach of Lighthouse to one name", () => {
  const rows: readonly (readonly [...Parameters<typeof askLighthouse>, Readonly<Record<string, string>>])[] = [
    ["none", "ready", { [CLUSTER]: "no such host", [CLUSTERSET]: "away", [SHORT]: "away" }],
    ["own", "ready", { [CLUSTER]: "home", [CLUSTERSET]: "home", [SHORT]: "home" }],
    ["own, not exported", "ready", { [CLUSTER]: "home", [CLUSTERSET]: "away", [SHORT]: "home" }],
    ["own, empty", "ready", { [CLUSTER]: "refused", [CLUSTERSET]: "away", [SHORT]: "refused" }],
    ["own, empty", "none", { [CLUSTER]: "refused", [CLUSTERSET]: "no such host" }],
    ["own, empty", "cut off", { [CLUSTER]: "refused", [CLUSTERSET]: "no such host" }],
    ["none", "none", { [CLUSTER]: "no such host", [CLUSTERSET]: "no such host" }],
    ["none", "cut off", { [CLUSTER]: "no such host", [CLUSTERSET]: "no such host", [SHORT]: "no such host" }],
  ];
  it.each(rows)("LH-02 3.7 where the Service here is %s and the one away %s", async (local, remote, wanted) => {
    const asked = await askLighthouse(local, remote);
    const seen: Record<string, string> = {};
    for (const name of Object.keys(wanted)) seen[name] = await asked(name);
    expect(seen).toEqual(wanted);
  });
});
