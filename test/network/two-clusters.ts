import { builtinDescriptors, Deployment, type PodSpec, Service } from "../../src/api/index.ts";
import type { Kind, KubeObject } from "../../src/apimachinery/index.ts";
import { type Answer, type ApiRequest, ApiServer, serviceAddressPlugin } from "../../src/apiserver/index.ts";
import { InformerFactory, inProcessClient } from "../../src/client/index.ts";
import { bootCluster, defaultAdmission } from "../../src/kube/index.ts";
import type { FetchResult, Network, NetworkClusterConfig } from "../../src/network/index.ts";
import { createNetwork, goErrorText } from "../../src/network/index.ts";
import { advanceTo, FaultPlan, Loop, Random, settle, Trace } from "../../src/sim/index.ts";

const ADMIN = { name: "admin", groups: ["system:masters"] };
const CLUSTERS = [
  { name: "member1", podCIDR: "10.10.0.0/16", serviceCIDR: "10.11.0.0/16", dnsIP: "10.11.0.10" },
  { name: "member2", podCIDR: "10.12.0.0/16", serviceCIDR: "10.13.0.0/16", dnsIP: "10.13.0.10" },
];

/** What a command in a pod came to. */
type ExecResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Two clusters of the seed's shape on one network, booted and at rest. */
export interface TwoClusters {
  readonly loop: Loop;
  readonly faults: FaultPlan;
  readonly network: Network;
  create(cluster: string, kind: Kind<KubeObject>, object: unknown): void;
  send(cluster: string, request: ApiRequest): Answer;
  settle(): void;
  advance(ms: number): void;
  /** Runs a command in the pod and waits for its end. */
  exec(cluster: string, pod: string, ...argv: readonly string[]): ExecResult;
  /** Sends a request from the pod and waits: the body, or the error as Go says it. */
  get(cluster: string, pod: string, url: string): string;
  fetch(cluster: string, pod: string, url: string): FetchResult;
  logs(cluster: string, pod: string): string;
}

export function twoClusters(extra: Partial<NetworkClusterConfig> = {}): TwoClusters {
  const loop = new Loop({ startMs: Date.parse("2023-06-12T02:58:00Z"), random: new Random(7), trace: new Trace() });
  const faults = new FaultPlan();
  const network = createNetwork({
    loop,
    faults,
    clusters: CLUSTERS.map(({ name, podCIDR, serviceCIDR, dnsIP }) => ({
      name,
      podCIDRs: [podCIDR],
      serviceCIDRs: [serviceCIDR],
      dnsIP,
      ...extra,
    })),
  });
  const servers = new Map(CLUSTERS.map((cluster) => [cluster.name, boot(cluster, { loop, network })]));
  const rest = (): void => {
    const result = settle(loop, { maxSteps: 1_000_000, maxVirtualMs: 3_600_000 });
    if (result.state !== "idle") throw new Error(JSON.stringify(result));
  };
  const send = (cluster: string, request: ApiRequest): Answer =>
    (servers.get(cluster) as ApiServer).answer(request, ADMIN);
  rest();
  return { loop, faults, network, settle: rest, send, ...handles({ loop, network, send, rest }) };
}

function boot(config: (typeof CLUSTERS)[number], world: { readonly loop: Loop; readonly network: Network }): ApiServer {
  const { loop, network } = world;
  const { name, serviceCIDR } = config;
  const random = loop.random.stream(`${name} service addresses`);
  const server = new ApiServer({
    cluster: name,
    loop,
    descriptors: builtinDescriptors,
    version: { major: "1", minor: "34", gitVersion: "v1.34.0" },
    admission: [...defaultAdmission, serviceAddressPlugin({ cidr: serviceCIDR, random })],
    freeze: true,
  });
  bootCluster(config, { loop, server, runtime: network.runtime(name) });
  const informers = new InformerFactory(inProcessClient(server, ADMIN, { loop }), loop);
  network.attach(name, { proxy: informers, dns: informers });
  return server;
}

type Hands = {
  readonly loop: Loop;
  readonly network: Network;
  readonly send: TwoClusters["send"];
  readonly rest: () => void;
};

function handles(world: Hands): Omit<TwoClusters, "loop" | "faults" | "network" | "settle" | "send"> {
  const { loop, network, send, rest } = world;
  const wait = <T>(what: string, start: (done: (value: T) => void) => void): T => {
    const box: { value?: T } = {};
    start((value) => {
      box.value = value;
    });
    while (box.value === undefined && loop.step(Number.POSITIVE_INFINITY));
    if (box.value === undefined) throw new Error(`${what} never ended`);
    return box.value;
  };
  const fetch = (cluster: string, pod: string, url: string): FetchResult =>
    wait(url, (done) => network.request({ cluster, namespace: "default", pod }, url, {}, done));
  return {
    create: (cluster, kind, object) => {
      const named = object as KubeObject;
      const { namespace } = named.metadata;
      const scope = namespace === undefined ? { kind } : { kind, namespace };
      const answer = send(cluster, { verb: "create", ...scope, object: named });
      if (!answer.ok) throw new Error(answer.status.message);
      rest();
    },
    advance: (ms) => void advanceTo(loop, loop.nowMs() + ms),
    exec: (cluster, pod, ...argv) =>
      wait(argv.join(" "), (done: (result: ExecResult) => void) => {
        const told = { stdout: "", stderr: "" };
        const add = (stream: "stdout" | "stderr") => (text: string) => {
          told[stream] += text;
        };
        const output = { stdout: add("stdout"), stderr: add("stderr") };
        const started = network.exec(
          { cluster, namespace: "default", pod },
          { argv, output, onExit: (code) => done({ code, ...told }) },
        );
        if (typeof started === "string") done({ code: 126, stdout: "", stderr: started });
      }),
    fetch,
    get: (cluster, pod, url) => {
      const result = fetch(cluster, pod, url);
      return result.ok ? result.response.body : goErrorText("GET", url, result.failure);
    },
    logs: (cluster, pod) => network.log({ cluster, namespace: "default", pod })?.text ?? "",
  };
}

const MESSAGE = `--message='hello from cluster member1 (Node: {{env "NODE_NAME"}} Pod: {{env "POD_NAME"}} Address: {{addr}})'`;

/** The seed's workload: `serve` with some replicas, and its Service on port 80. */
export function serveDeployment(replicas: number): unknown {
  const env = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const spec: PodSpec = {
    containers: [
      {
        name: "serve",
        image: "jeremyot/serve:0a40de8",
        args: [MESSAGE],
        env: [env("NODE_NAME", "spec.nodeName"), env("POD_NAME", "metadata.name")],
      },
    ],
  };
  const labels = { app: "serve" };
  return {
    apiVersion: "apps/v1",
    kind: Deployment.kind,
    metadata: { name: "serve", namespace: "default" },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

export function serveService(): unknown {
  return {
    apiVersion: "v1",
    kind: Service.kind,
    metadata: { name: "serve", namespace: "default" },
    spec: { ports: [{ port: 80, targetPort: 8080 }], selector: { app: "serve" } },
  };
}

/** A pod that runs a command in an image, once. */
export function commandPod(name: string, image: string, args: readonly string[], spec: Partial<PodSpec> = {}): unknown {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { restartPolicy: "Never", containers: [{ name, image, args }], ...spec },
  };
}
