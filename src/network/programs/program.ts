import type { Container, Pod } from "../../api/index.ts";
import type { Loop } from "../../sim/index.ts";
import type { ClusterFeed } from "../dns/kubernetes/feed.ts";
import type { DnsMessage } from "../dns/message.ts";
import type { DnsResponder } from "../dns/responder.ts";
import type { CoreDnsBuild } from "../dns/server/plugin-order.ts";
import type { Datagram, DatagramFlow } from "../fabric/datagrams.ts";
import type { DialOutcome, DialTarget } from "../fabric/dial.ts";
import type { FetchOptions, FetchResult } from "../fabric/fetch.ts";
import type { Listener } from "../fabric/hosts.ts";
import type { Serve } from "../fabric/http.ts";
import type { StreamProtocol } from "../fabric/packet.ts";
import type { Socket } from "../fabric/socket.ts";
import type { Resolution } from "../resolver.ts";
import type { TextPipe } from "./text-pipe.ts";

/** What runs in a container: called once, it lives on in its listeners and timers until it exits. */
export type Program = (process: Process) => void;

/** Where a process writes, in pieces as they come. */
export type Output = { readonly stdout: (text: string) => void; readonly stderr: (text: string) => void };

/** The files of a container; `/etc/resolv.conf`, `/etc/hosts` and `/etc/hostname` are shared by the containers of a pod. */
export interface FileSystem {
  read(path: string): string | undefined;
  write(path: string, text: string): void;
  remove(path: string): boolean;
  /** The absolute paths of all files at or below a path. */
  list(path: string): readonly string[];
  isDirectory(path: string): boolean;
  makeDirectory(path: string): void;
  /** Forgets a directory that was made, and those in it; false when there was none. */
  removeDirectory(path: string): boolean;
  /** The names of what is in a directory, sorted. */
  entries(path: string): readonly string[];
}

/** What a program may do at a port beside answering requests. */
export type ListenerExtras = Pick<Listener, "certificates" | "health">;

/** One running program, as it sees itself. All it starts ends with it. */
export interface Process {
  /** The command and its arguments. */
  readonly argv: readonly string[];
  readonly pid: number;
  /** Where paths begin that do not begin at the root. */
  readonly directory: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly pod: Pod;
  readonly container: Container;
  readonly cluster: string;
  readonly hostname: string;
  /** The pod's address. */
  readonly address: string;
  readonly clock: Loop;
  readonly files: FileSystem;
  readonly output: Output;
  /** Whether a terminal is at the other end. */
  readonly tty: boolean;
  /** What a DNS server of the cluster is told by the API server, and how it is built. */
  readonly clusterDns: {
    readonly feed: ClusterFeed | undefined;
    readonly build: CoreDnsBuild;
    readonly kubernetesVersion: string | undefined;
    /** Whether traffic passes between this cluster and another, both ways, as a gateway's health check would find. */
    readonly isConnectedTo: (cluster: string) => boolean;
  };
  /**
   * Listens at a TCP port of the pod (and its host port) until the returned function is called; `undefined` when it is taken.
   * What else it can do there: show `certificates` (PEM, its own first) to callers that ask for TLS, tell its `health` over gRPC.
   */
  listen(port: number, serve: Serve, more?: ListenerExtras): (() => void) | undefined;
  /** Answers DNS at a port, UDP and TCP, until the returned function is called. */
  listenDns(port: number, responder: () => DnsResponder | undefined): () => void;
  /** What SIGTERM does. Without it nothing: the first process of a container ignores signals it does not handle. */
  onTerminate(run: () => void): void;
  /** What Ctrl-C at its terminal does, unless a child is in front; without it the process ends. */
  onInterrupt(run: () => void): void;
  /** Standard input as it comes, in pieces; `undefined` at its end. Not called when nobody writes. */
  onText(read: (text: string | undefined) => void): void;
  /** As {@link onText}, line by line. */
  onInput(read: (line: string | undefined) => void): void;
  /** Keeps a processor busy for so long; it takes no time of the world's, but is measured. */
  work(cpuMs: number): void;
  after(delayMs: number, run: () => void): void;
  fetch(url: string, options: FetchOptions, onResult: (result: FetchResult) => void): void;
  resolve(name: string): Resolution;
  /** Asks a name server (the first of resolv.conf when absent) one question, without any search list. */
  ask(
    query: DnsMessage,
    server?: string,
    port?: number,
  ): { readonly server: string; readonly answer: DnsMessage | "timeout" | "refused" };
  /** Takes connections (of TCP unless told) as they are at a port of the pod (and its host port), until the returned function is called; `undefined` when it is taken. */
  accept(port: number, onSocket: (socket: Socket) => void, protocol?: StreamProtocol): (() => void) | undefined;
  /** Takes datagrams at a UDP port of the pod (and its host port), until the returned function is called; `undefined` when it is taken. */
  receive(port: number, onDatagram: (datagram: Datagram) => void): (() => void) | undefined;
  /** Opens a connection (of TCP unless told), which ends with the process; or says why nobody answered. */
  dial(target: DialTarget, onOutcome: (outcome: DialOutcome) => void): void;
  /** Prepares to exchange datagrams with a port. */
  datagrams(address: string, port: number): DatagramFlow;
  /** Whether anything is up at an address and a packet there comes back. */
  reaches(address: string): boolean;
  /** Runs a command as a child of this process; `undefined` when the container has none of that name. */
  spawn(argv: readonly string[], options: SpawnOptions, onExit: (code: number) => void): Child | undefined;
  /** Whether the container has a command of that name. */
  hasCommand(name: string): boolean;
  /** A number for something that runs beside others, as a process of its own would have. */
  newPid(): number;
  /** Everything that runs in the container. */
  processes(): readonly { readonly pid: number; readonly argv: readonly string[] }[];
  /** Sends a signal to a process of the container; false when there is none of that number. */
  signal(pid: number, name: string): boolean;
  /** The ports that programs of the pod listen at. */
  listening(): readonly { readonly port: number; readonly protocol: string }[];
  exit(code: number): void;
}

export type SpawnOptions = {
  readonly output?: Output;
  readonly environment?: ReadonlyMap<string, string>;
  readonly directory?: string;
  /** What it reads; without, what this process itself would. */
  readonly input?: TextPipe;
};

/** A command that was started. */
export interface Child {
  readonly alive: boolean;
  kill(): void;
}

/** Finds the value of `--name=value`, `--name value` or `-name value`; `"true"` for a bare flag at the end or before another. */
export function flagValue(args: readonly string[], name: string): string | undefined {
  for (const [index, arg] of args.entries()) {
    const bare = arg.replace(/^--?/, "");
    if (bare === arg) continue;
    if (bare.startsWith(`${name}=`)) return bare.slice(name.length + 1);
    const next = args[index + 1];
    if (bare === name) return next === undefined || next.startsWith("-") ? "true" : next;
  }
  return undefined;
}

/** Go's `log` prefix in UTC: `2023/06/12 02:58:03 `. */
export function goLogPrefix(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return `${iso.slice(0, 10).replaceAll("-", "/")} ${iso.slice(11, 19)} `;
}
