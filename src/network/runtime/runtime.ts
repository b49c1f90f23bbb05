import type { Pod } from "../../api/index.ts";
import type { ContainerEvents, ContainerRuntime, ContainerStart, RunningContainer } from "../../kube/index.ts";
import type { Loop, Timer } from "../../sim/index.ts";
import type { DnsServers } from "../dns/dns-servers.ts";
import type { Caller, Fabric } from "../fabric/fabric.ts";
import { annotatedCommand } from "../programs/behaviours.ts";
import {
  type ImageDeclarations,
  imageFiles,
  imageProgram,
  isMissing,
  ownProgram,
  type Programs,
} from "../programs/catalog.ts";
import type { FileSystem, Output, Process, Program } from "../programs/program.ts";
import { type ContainerContext, commandIn } from "./container-context.ts";
import { ContainerLog } from "./container-log.ts";
import { CpuMeter } from "./cpu-meter.ts";
import type { Disk } from "./disk.ts";
import { withMounts } from "./mounts.ts";
import { hookPort, probePort, probeTimeoutMs } from "./probe.ts";
import { type ProbeCommand, probeCommand } from "./probe-command.ts";
import { RunningProcess } from "./process.ts";
import { callerOf, containerFileSystem, createSandbox, type Sandbox } from "./sandbox.ts";
import { terminationMessage } from "./termination-message.ts";
import { Volumes } from "./volumes.ts";

export type RuntimeOptions = {
  readonly loop: Loop;
  readonly fabric: Fabric;
  readonly cluster: string;
  readonly images?: ImageDeclarations | undefined;
  /** Programs of one's own, by the image or the command that starts them. */
  readonly programs?: Programs | undefined;
  readonly clusterDns: DnsServers;
};

/** Names a container of a pod; the first one when `container` is absent. */
export type ContainerTarget = {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string | undefined;
};

/** A command at work in a container. */
export interface ExecHandle {
  write(text: string): void;
  closeInput(): void;
  /** Ctrl-D at its terminal: an end for whoever reads at present. */
  endText(): void;
  /** Ctrl-C at its terminal. */
  interrupt(): void;
  kill(): void;
}

export type ExecStart = {
  readonly argv: readonly string[];
  readonly output: Output;
  readonly tty?: boolean;
  /** Called in an entry of the loop, or before `exec` returns if the command takes no time. */
  readonly onExit: (code: number) => void;
};

/** The containers of one cluster: the kubelet's runtime, and what `kubectl exec`, `logs` and `attach` reach. */
export interface ClusterRuntime extends ContainerRuntime {
  /** Runs a command in a running container; a text says why that cannot be. */
  exec(target: ContainerTarget, start: ExecStart): ExecHandle | string;
  /** The log of a container, running or ended; of the instance before it with `previous`. */
  log(target: ContainerTarget, options?: { readonly previous?: boolean }): ContainerLog | undefined;
  /** Writes to the standard input of a container's own program. */
  attach(target: ContainerTarget): ExecHandle | undefined;
  /** The pod as one who calls out over the network; `undefined` when none of its containers runs. */
  caller(target: ContainerTarget): Caller | undefined;
  files(target: ContainerTarget): FileSystem | undefined;
  machine(node: string): Disk;
  /** What a container's programs use of a processor, in thousandths of a core. */
  cpuMilli(target: ContainerTarget): number;
}

type Running = {
  readonly context: ContainerContext;
  readonly main: RunningProcess;
  readonly environment: ReadonlyMap<string, string>;
  readonly children: Set<RunningProcess>;
};
type Logs = { current: ContainerLog; previous?: ContainerLog };

const COMMAND_NOT_FOUND = 127;
/** Logs of ended containers are kept for this many containers. */
const ENDED_LOGS_MAX = 2_000;

/** Makes the container runtime of one cluster. */
export function createRuntime(options: RuntimeOptions): ClusterRuntime {
  const { loop } = options;
  const declarations = options.images ?? {};
  const running = new Map<string, Running>();
  const containersOfPod = new Map<string, string[]>();
  const sandboxes = new Map<string, Sandbox>();
  const volumes = new Volumes();
  const logs = new Map<string, Logs>();
  const find = (target: ContainerTarget): Running | undefined => running.get(keyOf(target, containersOfPod));
  return {
    pull: (image) =>
      isMissing(image, declarations)
        ? { ok: false, message: `failed to resolve reference "${image}": not found` }
        : { ok: true },
    start: (start, events) =>
      startContainer({ ...options, declarations, running, containersOfPod, sandboxes, volumes, logs }, start, events),
    probe: (pod, container, probe) => {
      const found = find({ ...podTarget(pod), container: container.name });
      if (found === undefined) return { success: false, message: "container is not running" };
      if (probe.exec === undefined) return probePort(found.context, probe);
      return probeCommand(execProbe(found, probe.exec.command ?? []), { loop, timeoutMs: probeTimeoutMs(probe) });
    },
    hook: (pod, container, handler, timeoutMs) => {
      const found = find({ ...podTarget(pod), container: container.name });
      if (found === undefined) return false;
      if (handler.exec === undefined) return hookPort(found.context, handler, timeoutMs);
      return probeCommand(execProbe(found, handler.exec.command ?? []), { loop, timeoutMs });
    },
    exec: (target, start) => {
      const found = find(target);
      return found === undefined ? "container not found" : execIn(found, start, loop);
    },
    log: (target, which = {}) => {
      const kept = logs.get(keyOf(target, containersOfPod));
      return which.previous === true ? kept?.previous : kept?.current;
    },
    attach: (target) => handleOf(find(target)?.main),
    caller: (target) => find(target)?.context.caller,
    files: (target) => find(target)?.context.files,
    machine: (node) => volumes.machine(node),
    forget: (pod) => volumes.forget(pod),
    cpuMilli: (target) => find(target)?.context.cpu.milli(loop.nowMs()) ?? 0,
  };
}

type State = RuntimeOptions & {
  readonly declarations: ImageDeclarations;
  readonly running: Map<string, Running>;
  readonly containersOfPod: Map<string, string[]>;
  readonly sandboxes: Map<string, Sandbox>;
  readonly volumes: Volumes;
  readonly logs: Map<string, Logs>;
};

function startContainer(state: State, start: ContainerStart, events: ContainerEvents): RunningContainer {
  const { loop, fabric, clusterDns } = state;
  const { pod, container } = start;
  const podKey = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const key = `${podKey}/${container.name}`;
  // The next pod of that name may start while the last one still runs on a node that was given up.
  const sandboxKey = pod.metadata.uid ?? podKey;
  const sandbox = state.sandboxes.get(sandboxKey) ?? createSandbox(pod, start.node, fabric.cluster(state.cluster));
  state.sandboxes.set(sandboxKey, sandbox);
  sandbox.uses++;
  const workingDir = container.workingDir ?? "/";
  const directories = (container.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  const own = containerFileSystem(sandbox, { mounted: start.files, workingDir, directories });
  for (const [path, text] of Object.entries(imageFiles(container.image ?? ""))) own.write(path, text);
  const mounts = state.volumes.mountsOf(start);
  const files = withMounts(own, mounts, { kubeletFiles: start.files, workingDir });
  const caller = callerOf(sandbox, container.image ?? "", files);
  const commands = (name: string): Program | undefined => ownProgram(state.programs, name);
  const cpu = new CpuMeter();
  const context: ContainerContext = { loop, fabric, sandbox, pod, container, files, caller, clusterDns, commands, cpu };
  const log = newLog(state, podKey, key);
  const write = (stream: "stdout" | "stderr") => (text: string) => log.append({ atMs: loop.nowMs(), stream, text });
  const output = { stdout: write("stdout"), stderr: write("stderr") };
  const children = new Set<RunningProcess>();
  let killTimer: Timer | undefined;
  const annotated = annotatedCommand(pod, container.name);
  const argv = annotated ?? [...(container.command ?? []), ...(container.args ?? [])];
  const main: RunningProcess = new RunningProcess(
    context,
    { argv, environment: start.env, output, background: true, tty: container.tty, first: true },
    (code) => {
      killTimer?.cancel();
      for (const child of [...children]) child.kill();
      if (state.running.get(key)?.main === main) state.running.delete(key);
      sandbox.uses--;
      if (sandbox.uses === 0) {
        sandbox.bringDown();
        state.sandboxes.delete(sandboxKey);
      }
      log.end();
      const message = terminationMessage(container, { code, files, log });
      const told = {
        code,
        reason: code === 0 ? "Completed" : "Error",
        ...(message === undefined ? {} : { message }),
      } as const;
      loop.soon(`exit ${state.cluster} ${key}`, () => events.onExit(told));
    },
  );
  state.running.set(key, { context, main, environment: start.env, children });
  if (container.stdin !== true) main.closeInput();
  main.run(annotated === undefined ? mainProgram(context, state) : (commandIn(context, argv[0] ?? "") ?? notFound));
  return {
    stop: (graceMs) => {
      main.terminate();
      if (main.alive) killTimer = loop.after(graceMs, `SIGKILL ${state.cluster} ${key}`, () => main.kill());
    },
  };
}

/** A known command runs as such; any other belongs to the image, which then decides. */
function mainProgram(context: ContainerContext, { declarations, programs }: State): Program {
  const { command = [], image = "" } = context.container;
  const known = command[0] === undefined ? undefined : commandIn(context, command[0]);
  return known ?? imageProgram(image, declarations, programs);
}

function notFound(process: Process): void {
  process.output.stderr(`${notFoundText(process.argv)}\n`);
  process.exit(COMMAND_NOT_FOUND);
}

function notFoundText(argv: readonly string[]): string {
  return `exec: ${JSON.stringify(argv[0] ?? "")}: executable file not found in $PATH`;
}

/** The log before becomes the previous one; logs of pods long gone are dropped, oldest first. */
function newLog(state: State, podKey: string, key: string): ContainerLog {
  const log = new ContainerLog();
  const before = state.logs.get(key)?.current;
  state.logs.delete(key);
  state.logs.set(key, { current: log, ...(before === undefined ? {} : { previous: before }) });
  const names = state.containersOfPod.get(podKey) ?? [];
  if (!names.includes(key)) state.containersOfPod.set(podKey, [...names, key]);
  if (state.logs.size <= state.running.size + ENDED_LOGS_MAX) return log;
  for (const oldest of state.logs.keys()) {
    if (state.running.has(oldest)) continue;
    state.logs.delete(oldest);
    forgetName(state, oldest);
    break;
  }
  return log;
}

function forgetName(state: State, key: string): void {
  const podKey = key.slice(0, key.lastIndexOf("/"));
  const left = (state.containersOfPod.get(podKey) ?? []).filter((one) => one !== key);
  if (left.length === 0) state.containersOfPod.delete(podKey);
  else state.containersOfPod.set(podKey, left);
}

function execIn(found: Running, start: ExecStart, loop: Loop): ExecHandle | string {
  const program = commandIn(found.context, start.argv[0] ?? "");
  if (program === undefined) return notFoundText(start.argv);
  const child: RunningProcess = new RunningProcess(
    found.context,
    {
      argv: start.argv,
      environment: found.environment,
      output: start.output,
      background: false,
      tty: start.tty,
      table: found.main.table,
    },
    (code) => {
      found.children.delete(child);
      loop.soon(`exit of ${start.argv[0]}`, () => start.onExit(code));
    },
  );
  found.children.add(child);
  child.run(program);
  return handleOf(child) as ExecHandle;
}

/** Runs a command for a probe, whose time is nobody's progress. */
function execProbe(found: Running, argv: readonly string[]): ProbeCommand {
  return {
    argv,
    run: (onText, onExit) => {
      const program = commandIn(found.context, argv[0] ?? "");
      if (program === undefined) {
        onText(`${notFoundText(argv)}\n`);
        onExit(COMMAND_NOT_FOUND);
        return undefined;
      }
      const output = { stdout: onText, stderr: onText };
      const { environment, children } = found;
      const start = { argv, environment, output, background: true, table: found.main.table };
      const child: RunningProcess = new RunningProcess(found.context, start, (code) => {
        children.delete(child);
        onExit(code);
      });
      children.add(child);
      child.closeInput();
      child.run(program);
      return () => child.kill();
    },
  };
}

function handleOf(process: RunningProcess | undefined): ExecHandle | undefined {
  if (process === undefined) return undefined;
  return {
    write: (text) => process.write(text),
    closeInput: () => process.closeInput(),
    endText: () => process.endText(),
    interrupt: () => process.interrupt(),
    kill: () => process.kill(),
  };
}

function podTarget(pod: Pod): { readonly namespace: string; readonly pod: string } {
  return { namespace: pod.metadata.namespace ?? "", pod: pod.metadata.name };
}

function keyOf(target: ContainerTarget, containersOfPod: ReadonlyMap<string, readonly string[]>): string {
  const podKey = `${target.namespace}/${target.pod}`;
  if (target.container !== undefined) return `${podKey}/${target.container}`;
  return containersOfPod.get(podKey)?.[0] ?? podKey;
}
