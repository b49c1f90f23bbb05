import type { EndpointSlice, PodSpec, ServiceSpec } from "../../../src/api/index.ts";
import {
  builtinDescriptors,
  type ConfigMap,
  ConfigMap as ConfigMapKind,
  Deployment,
  Pod,
  Service,
} from "../../../src/api/index.ts";
import type { Kind, KubeObject, ObjectOf } from "../../../src/apimachinery/index.ts";
import {
  type Answer,
  type ApiRequest,
  ApiServer,
  namespaceLifecyclePlugin,
  serviceAddressPlugin,
} from "../../../src/apiserver/index.ts";
import { InformerFactory, inProcessClient } from "../../../src/client/index.ts";
import { bootCluster, type ClusterConfig, defaultAdmission, type SimulatedCluster } from "../../../src/kube/index.ts";
import {
  type Connection,
  createNetwork,
  type FetchOptions,
  goErrorText,
  type Network,
  type NetworkOrigin,
} from "../../../src/network/index.ts";
import { advanceTo, FaultPlan, Loop, Random, settle, Trace } from "../../../src/sim/index.ts";

const ADMIN = { name: "admin", groups: ["system:masters"] };
const NAME = "c1";

export type OneClusterOptions = Partial<ClusterConfig> & {
  readonly nodePorts?: { readonly low: number; readonly high: number };
  readonly mixedProtocols?: boolean;
  /** Nobody looks after addresses and node ports: Services have those they were given, whoever has them already. */
  readonly careless?: boolean;
  readonly seed?: number;
};

/** What came of a request: the page, or the error as curl's reader would tell it. */
export type Asked = { readonly status: number; readonly body: string; readonly error: string };

/** One cluster on a network, with whatever nodes and proxies a test wants. */
export interface OneCluster {
  readonly loop: Loop;
  readonly network: Network;
  readonly cluster: SimulatedCluster;
  send(request: ApiRequest): Answer;
  /** Creates an object and lets the cluster come to rest; throws what the server says against it. */
  create<K extends Kind<KubeObject>>(kind: K, object: unknown): ObjectOf<K>;
  /** The message of a refusal. */
  refusal(kind: Kind<KubeObject>, object: unknown): string;
  get<K extends Kind<KubeObject>>(kind: K, name: string, namespace?: string): ObjectOf<K>;
  list<K extends Kind<KubeObject>>(kind: K, namespace?: string): readonly ObjectOf<K>[];
  /** Merge patch. */
  patch<K extends Kind<KubeObject>>(kind: K, name: string, body: unknown, namespace?: string): ObjectOf<K>;
  remove(kind: Kind<KubeObject>, name: string, namespace?: string): void;
  settle(): void;
  advance(seconds: number): void;
  service(
    name: string,
    spec: Partial<ServiceSpec>,
    more?: { readonly annotations?: Record<string, string>; readonly namespace?: string },
  ): Service;
  /** A Deployment whose pods tell their name and who called (`/info.php`). */
  web(name: string, replicas: number, spec?: Partial<PodSpec>): void;
  /** A pod to call from. */
  client(name: string, spec?: Partial<PodSpec>): void;
  ask(from: string | NetworkOrigin, url: string, options?: FetchOptions): Asked;
  /** The pods that answered so many requests, in order. */
  answerers(from: string | NetworkOrigin, url: string, times: number): readonly string[];
  open(from: string | NetworkOrigin, url: string): Connection;
  /** What a command prints on a node; its errors when it fails. */
  nodeShell(node: string, ...argv: readonly string[]): string;
  exec(pod: string, ...argv: readonly string[]): string;
  execIn(namespace: string, pod: string, ...argv: readonly string[]): string;
  configureProxy(change: (configuration: string) => string): void;
  /** Events about an object, as `reason: message`. */
  events(name: string, namespace?: string): readonly string[];
}

export function oneCluster(options: OneClusterOptions = {}): OneCluster {
  const { nodePorts, mixedProtocols, careless, seed, ...extra } = options;
  const config: ClusterConfig = {
    name: NAME,
    podCIDR: "10.244.0.0/16",
    serviceCIDR: "10.96.0.0/16",
    dnsIP: "10.96.0.10",
    version: "v1.34.0",
    ...extra,
  };
  const loop = new Loop({
    startMs: Date.parse("2026-01-01T00:00:00Z"),
    random: new Random(seed ?? 11),
    trace: new Trace(),
  });
  const { podCIDR = "", serviceCIDR = "", dnsIP = "" } = config;
  const network = createNetwork({
    loop,
    faults: new FaultPlan(),
    clusters: [{ name: NAME, podCIDRs: [podCIDR], serviceCIDRs: [serviceCIDR], dnsIP, version: config.version }],
  });
  const random = loop.random.stream("service addresses");
  const address = serviceAddressPlugin({
    cidr: serviceCIDR,
    random,
    ...(nodePorts === undefined ? {} : { nodePorts }),
    ...(mixedProtocols === undefined ? {} : { mixedProtocols }),
  });
  const [, minor = "34"] = (config.version ?? "").split(".");
  const server = new ApiServer({
    cluster: NAME,
    loop,
    descriptors: builtinDescriptors,
    version: { major: "1", minor, gitVersion: config.version ?? "v1.34.0" },
    admission: [namespaceLifecyclePlugin, ...defaultAdmission, ...(careless === true ? [] : [address])],
    freeze: true,
  });
  const cluster = bootCluster(config, { loop, server, runtime: network.runtime(NAME) });
  const informers = new InformerFactory(inProcessClient(server, ADMIN, { loop }), loop);
  network.attach(NAME, { proxy: informers, dns: informers });
  const rest = (): void => {
    const result = settle(loop, { maxSteps: 5_000_000, maxVirtualMs: 3_600_000 });
    if (result.state !== "idle") throw new Error(JSON.stringify(result));
  };
  rest();
  return handleOn({ loop, network, cluster, server, rest });
}

type World = {
  readonly loop: Loop;
  readonly network: Network;
  readonly cluster: SimulatedCluster;
  readonly server: ApiServer;
  readonly rest: () => void;
};

function handleOn({ loop, network, cluster, server, rest }: World): OneCluster {
  const send = (request: ApiRequest): Answer => server.answer(request, ADMIN);
  const scopeOf = (kind: Kind<KubeObject>, namespace = "default") => (kind.namespaced ? { kind, namespace } : { kind });
  const ok = (answer: Answer): KubeObject => {
    if (!answer.ok) throw new Error(answer.status.message);
    return answer.object;
  };
  const wait = <T>(what: string, start: (done: (value: T) => void) => void): T => {
    const box: { value?: T } = {};
    start((value) => {
      box.value = value;
    });
    while (box.value === undefined && loop.step(Number.POSITIVE_INFINITY));
    if (box.value === undefined) throw new Error(`${what} never ended`);
    return box.value;
  };
  const origin = (from: string | NetworkOrigin): NetworkOrigin =>
    typeof from === "string" ? { cluster: NAME, namespace: "default", pod: from } : from;
  const named = (object: unknown): KubeObject => object as KubeObject;
  const list = <K extends Kind<KubeObject>>(kind: K, namespace?: string): readonly ObjectOf<K>[] =>
    (
      ok(send({ verb: "list", kind, ...(namespace === undefined ? {} : { namespace }) })) as KubeObject & {
        items: readonly ObjectOf<K>[];
      }
    ).items;
  const get = <K extends Kind<KubeObject>>(kind: K, name: string, namespace?: string): ObjectOf<K> =>
    ok(send({ verb: "get", ...scopeOf(kind, namespace), name })) as ObjectOf<K>;
  const create = <K extends Kind<KubeObject>>(kind: K, object: unknown): ObjectOf<K> => {
    const made = ok(
      send({ verb: "create", ...scopeOf(kind, named(object).metadata.namespace), object: named(object) }),
    );
    rest();
    return made as ObjectOf<K>;
  };
  const patch = <K extends Kind<KubeObject>>(kind: K, name: string, body: unknown, namespace?: string): ObjectOf<K> => {
    const made = ok(send({ verb: "patch", ...scopeOf(kind, namespace), name, patch: { type: "merge", body } }));
    rest();
    return made as ObjectOf<K>;
  };
  const ask: OneCluster["ask"] = (from, url, options = {}) =>
    wait(url, (done: (asked: Asked) => void) =>
      network.request(origin(from), url, options, (result) =>
        done(
          result.ok
            ? { status: result.response.status, body: result.response.body, error: "" }
            : { status: 0, body: "", error: goErrorText("GET", url, result.failure).replace(/^.*?": /, "") },
        ),
      ),
    );
  const shell = (
    start: (
      output: { readonly stdout: (text: string) => void; readonly stderr: (text: string) => void },
      onExit: (code: number) => void,
    ) => unknown,
  ): string =>
    wait("command", (done: (text: string) => void) => {
      let text = "";
      const add = (piece: string): void => {
        text += piece;
      };
      const started = start({ stdout: add, stderr: add }, () => done(text));
      if (typeof started === "string") done(started);
    });
  const execIn = (namespace: string, pod: string, ...argv: readonly string[]): string =>
    shell((output, onExit) => network.exec({ cluster: NAME, namespace, pod }, { argv, output, onExit }));
  return {
    loop,
    network,
    cluster,
    send,
    create,
    refusal: (kind, object) => {
      const answer = send({
        verb: "create",
        ...scopeOf(kind, named(object).metadata.namespace),
        object: named(object),
      });
      if (answer.ok) throw new Error(`${kind.kind} was accepted`);
      return `${answer.status.code} ${answer.status.message}`;
    },
    get,
    list,
    patch,
    remove: (kind, name, namespace) => {
      ok(send({ verb: "delete", ...scopeOf(kind, namespace), name }));
      rest();
    },
    settle: rest,
    advance: (seconds) => void advanceTo(loop, loop.nowMs() + seconds * 1000),
    service: (name, spec, more = {}) => {
      const { annotations, namespace = "default" } = more;
      const metadata = { name, namespace, ...(annotations === undefined ? {} : { annotations }) };
      return create(Service, { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }], ...spec } });
    },
    web: (name, replicas, spec = {}) => {
      const labels = { app: name };
      const container = { name: "web", image: "myos:httpd", ports: [{ containerPort: 80, name: "http" }] };
      create(Deployment, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace: "default" },
        spec: {
          replicas,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [container], ...spec } },
        },
      });
    },
    client: (name, spec = {}) =>
      void create(Pod, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default", labels: { client: name } },
        spec: { containers: [{ name: "c", image: "busybox:1.36", command: ["sleep", "1d"] }], ...spec },
      }),
    ask,
    answerers: (from, url, times) =>
      Array.from({ length: times }, () => {
        const asked = ask(from, `${url}/info.php`);
        return asked.error === "" ? (/php_host: \t(\S+)/.exec(asked.body)?.[1] ?? asked.body) : asked.error;
      }),
    open: (from, url) => wait(url, (done: (connection: Connection) => void) => network.open(origin(from), url, done)),
    nodeShell: (node, ...argv) => shell((output, onExit) => network.nodeShell(NAME, node, { argv, output, onExit })),
    exec: (pod, ...argv) => execIn("default", pod, ...argv),
    execIn,
    configureProxy: (change) => {
      const map: ConfigMap = get(ConfigMapKind, "kube-proxy", "kube-system");
      patch(
        ConfigMapKind,
        "kube-proxy",
        { data: { "config.conf": change(map.data?.["config.conf"] ?? "") } },
        "kube-system",
      );
    },
    events: (name, namespace = "default") =>
      list(EVENT, namespace)
        .filter((event) => (event as KubeObject & { involvedObject: { name: string } }).involvedObject.name === name)
        .map(
          (event) =>
            `${(event as KubeObject & { reason: string }).reason}: ${(event as KubeObject & { message: string }).message}`,
        ),
  };
}

const EVENT: Kind<KubeObject> = { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true };

/** So many nodes named n1, n2, …, each in a zone of its own unless told otherwise. */
export function nodesNamed(
  count: number,
  zone: (index: number) => string = (index) => `z${index}`,
): NonNullable<ClusterConfig["nodes"]> {
  return Array.from({ length: count }, (_unused, index) => ({
    name: `n${index + 1}`,
    labels: { "topology.kubernetes.io/zone": zone(index + 1) },
  }));
}

/** Whom a pod of {@link OneCluster.web} saw as the caller. */
export function callerSeen({ body }: Asked): string {
  return /REMOTE_ADDR\] => (\S+)/.exec(body)?.[1] ?? "";
}

/** The addresses of a Service's slices, sorted. */
export function addressesIn(slices: readonly EndpointSlice[], service: string): readonly string[] {
  return slices
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service)
    .flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses))
    .sort();
}
