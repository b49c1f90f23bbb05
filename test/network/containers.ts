import type { Container, Node, PersistentVolume, PodSpec, Volume } from "../../src/api/index.ts";
import { createNetwork, type Network, type NetworkClusterConfig } from "../../src/network/index.ts";
import { advanceTo, FaultPlan, Loop, Random, Trace } from "../../src/sim/index.ts";

type RunFields = {
  readonly name: string;
  readonly image: string;
  readonly ip?: string;
  readonly container?: Partial<Container>;
  readonly spec?: Partial<PodSpec>;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** A container as the kubelet would hold it. */
type Started = { readonly exits: readonly number[]; stop(graceMs: number): void };

/** One cluster without a control plane: containers are started by hand. */
export interface Bench {
  readonly loop: Loop;
  readonly network: Network;
  run(fields: RunFields): Started;
  advance(ms: number): void;
  exec(
    pod: string,
    ...argv: readonly string[]
  ): { readonly code: number | undefined; readonly stdout: string; readonly stderr: string };
  sh(pod: string, script: string): string;
}

/** The machine all containers run on. */
export const NODE: Node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "n1" },
  spec: {},
  status: {
    addresses: [
      { type: "InternalIP", address: "172.18.0.2" },
      { type: "ExternalIP", address: "203.0.113.2" },
    ],
  },
};

const RESOLV_CONF =
  "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n";

export function bench(extra: Partial<NetworkClusterConfig> = {}): Bench {
  const loop = new Loop({ startMs: Date.parse("2023-06-12T02:58:00Z"), random: new Random(5), trace: new Trace() });
  const config = { name: "c1", podCIDRs: ["10.1.0.0/16"], serviceCIDRs: ["10.96.0.0/16"], dnsIP: "10.96.0.10" };
  const network = createNetwork({ loop, faults: new FaultPlan(), clusters: [{ ...config, ...extra }] });
  const advance = (ms: number): void => void advanceTo(loop, loop.nowMs() + ms);
  const exec: Bench["exec"] = (pod, ...argv) => {
    const told: { code: number | undefined; stdout: string; stderr: string } = {
      code: undefined,
      stdout: "",
      stderr: "",
    };
    const add = (stream: "stdout" | "stderr") => (text: string) => {
      told[stream] += text;
    };
    const started = network.exec(
      { cluster: "c1", namespace: "default", pod },
      {
        argv,
        output: { stdout: add("stdout"), stderr: add("stderr") },
        onExit: (code) => {
          told.code = code;
        },
      },
    );
    if (typeof started === "string") return { code: 126, stdout: "", stderr: started };
    while (told.code === undefined && !loop.idle) loop.step(Number.POSITIVE_INFINITY);
    return told;
  };
  let last = 0;
  return {
    loop,
    network,
    advance,
    exec,
    sh: (pod, script) => {
      const { code, stdout, stderr } = exec(pod, "sh", "-c", script);
      return `${stdout}${stderr}${code === 0 ? "" : `[${code}]`}`;
    },
    run: (fields) => {
      const exits: number[] = [];
      const container = { name: "main", image: fields.image, ...fields.container };
      const running = network.runtime("c1").start(
        {
          cluster: "c1",
          node: NODE,
          pod: {
            apiVersion: "v1",
            kind: "Pod",
            metadata: {
              name: fields.name,
              namespace: "default",
              uid: fields.name,
              annotations: fields.annotations ?? {},
            },
            spec: { containers: [container], ...fields.spec },
            status: { podIP: fields.ip ?? `10.1.0.${++last}` },
          },
          container,
          env: new Map(Object.entries(fields.env ?? {})),
          claimed: claimedBy(fields.spec?.volumes ?? []),
          files: new Map(
            Object.entries({ "/etc/resolv.conf": RESOLV_CONF, "/etc/hostname": `${fields.name}\n`, ...fields.files }),
          ),
        },
        { onExit: ({ code }) => void exits.push(code) },
      );
      return { exits, stop: (graceMs) => running.stop(graceMs) };
    },
  };
}

/** A volume for each claim, told apart by the claim's name. */
function claimedBy(volumes: readonly Volume[]): ReadonlyMap<string, PersistentVolume> {
  return new Map(
    volumes.flatMap(({ name, persistentVolumeClaim: claim }) => {
      if (claim === undefined) return [];
      const metadata = { name: claim.claimName, uid: claim.claimName };
      return [[name, { apiVersion: "v1", kind: "PersistentVolume", metadata, spec: {} }] as const];
    }),
  );
}
