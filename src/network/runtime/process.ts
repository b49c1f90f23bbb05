import type { Container, Pod } from "../../api/index.ts";
import type { Loop, Timer } from "../../sim/index.ts";
import type { DnsServers } from "../dns/dns-servers.ts";
import type { DnsMessage } from "../dns/message.ts";
import type { DnsResponder } from "../dns/responder.ts";
import { type Listener, portKey } from "../fabric/cluster-network.ts";
import type { Caller, Fabric } from "../fabric/fabric.ts";
import { type FetchOptions, type FetchResult, fetchUrl } from "../fabric/fetch.ts";
import type { Serve } from "../fabric/http.ts";
import { commandProgram } from "../programs/commands.ts";
import type { FileSystem, Output, Process, Program, SpawnOptions } from "../programs/program.ts";
import { parseResolvConf, type Resolution } from "../resolver.ts";
import type { Sandbox } from "./sandbox.ts";

/** What all processes of a container share. */
export type ContainerContext = {
  readonly loop: Loop;
  readonly fabric: Fabric;
  readonly sandbox: Sandbox;
  readonly pod: Pod;
  readonly container: Container;
  readonly files: FileSystem;
  readonly caller: Caller;
  readonly clusterDns: DnsServers;
  /** Commands of its own, before those every container has. */
  readonly commands?: (name: string) => Program | undefined;
};

export type ProcessStart = {
  readonly argv: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly output: Output;
  /** Whether its timers count as progress: those of a command somebody waits for do, those of a container's own program do not. */
  readonly background: boolean;
  readonly tty?: boolean | undefined;
  /** The first process of a container ignores the signals it does not handle. */
  readonly first?: boolean | undefined;
};

const NOT_FOUND = 127;
/** 128 + SIGKILL, 128 + SIGINT. */
const KILLED = 137;
const INTERRUPTED = 130;

/** One program at work: its listeners, timers and children end when it does, and nothing it asked for reaches it afterwards. */
export class RunningProcess implements Process {
  readonly argv: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly output: Output;
  readonly tty: boolean;
  readonly #context: ContainerContext;
  readonly #background: boolean;
  readonly #onExit: (code: number) => void;
  readonly #timers = new Set<Timer>();
  readonly #closers: (() => void)[] = [];
  readonly #children = new Set<RunningProcess>();
  readonly #first: boolean;
  #pendingInput: string[] = [];
  #inputClosed = false;
  /** The child that shares this process' input, and reads it first while it lives. */
  #heir: RunningProcess | undefined;
  #read: ((text: string | undefined) => void) | undefined;
  #terminate: (() => void) | undefined;
  #interrupt: (() => void) | undefined;
  #alive = true;

  constructor(context: ContainerContext, start: ProcessStart, onExit: (code: number) => void) {
    this.#context = context;
    this.argv = start.argv;
    this.environment = start.environment;
    this.output = start.output;
    this.tty = start.tty === true;
    this.#first = start.first === true;
    this.#background = start.background;
    this.#onExit = onExit;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get pod(): Pod {
    return this.#context.pod;
  }

  get container(): Container {
    return this.#context.container;
  }

  get cluster(): string {
    return this.#context.caller.origin.cluster;
  }

  get hostname(): string {
    return (this.files.read("/etc/hostname") ?? this.pod.metadata.name).trim();
  }

  get address(): string {
    return this.#context.sandbox.address;
  }

  get clock(): Loop {
    return this.#context.loop;
  }

  get files(): FileSystem {
    return this.#context.files;
  }

  get clusterDns(): Process["clusterDns"] {
    const { clusterDns, sandbox } = this.#context;
    return { feed: clusterDns.feed, build: clusterDns.build, kubernetesVersion: sandbox.kubernetesVersion };
  }

  listen(port: number, serve: Serve): (() => void) | undefined {
    const close = this.#open(this.address, portKey(port, "TCP"), { serve });
    if (close === undefined) return undefined;
    const hostPort = this.container.ports?.find((one) => one.containerPort === port)?.hostPort;
    if (hostPort !== undefined && this.pod.spec.hostNetwork !== true) this.#openHostPort(hostPort, { serve });
    return close;
  }

  listenDns(port: number, responder: () => DnsResponder | undefined): () => void {
    const listener: Listener = { dns: responder };
    const closers = (["UDP", "TCP"] as const).map((protocol) =>
      this.#open(this.address, portKey(port, protocol), listener),
    );
    const forget = this.#context.clusterDns.register(this.address, port, responder);
    const close = (): void => {
      for (const closeOne of closers) closeOne?.();
      forget();
    };
    this.#closers.push(forget);
    return close;
  }

  onTerminate(run: () => void): void {
    this.#terminate = run;
  }

  onInterrupt(run: () => void): void {
    this.#interrupt = run;
  }

  onText(read: (text: string | undefined) => void): void {
    this.#read = read;
    this.#flushInput();
  }

  onInput(read: (line: string | undefined) => void): void {
    let partial = "";
    this.onText((text) => {
      if (text === undefined) {
        if (partial !== "") read(partial);
        partial = "";
        read(undefined);
        return;
      }
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) read(line);
    });
  }

  after(delayMs: number, run: () => void): void {
    const options = { background: this.#background };
    const timer = this.#context.loop.after(
      delayMs,
      this.#why,
      () => {
        this.#timers.delete(timer);
        run();
      },
      options,
    );
    this.#timers.add(timer);
  }

  fetch(url: string, options: FetchOptions, onResult: (result: FetchResult) => void): void {
    fetchUrl(this.#context, url, options, (result) => {
      if (this.#alive) onResult(result);
    });
  }

  resolve(name: string): Resolution {
    return this.#context.fabric.resolve(this.#context.caller, name);
  }

  ask(
    query: DnsMessage,
    server?: string,
    port?: number,
  ): { server: string; answer: DnsMessage | "timeout" | "refused" } {
    const conf = parseResolvConf(this.files.read("/etc/resolv.conf") ?? "");
    const asked = server ?? conf.nameservers[0] ?? "127.0.0.1";
    return { server: asked, answer: this.#context.fabric.ask(this.#context.caller.origin, asked, query, port) };
  }

  reaches(address: string): boolean {
    const route = this.#context.fabric.route(this.#context.caller.origin, { address, port: 0, protocol: "TCP" });
    return route.verdict !== "dropped";
  }

  spawn(argv: readonly string[], options: SpawnOptions, onExit: (code: number) => void): void {
    const [name = ""] = argv;
    const program = this.#context.commands?.(name) ?? commandProgram(name);
    const output = options.output ?? this.output;
    if (program === undefined) {
      output.stderr(`sh: ${name}: not found\n`);
      onExit(NOT_FOUND);
      return;
    }
    const environment = options.environment ?? this.environment;
    const start = { argv, environment, output, background: this.#background, tty: this.tty };
    const child: RunningProcess = new RunningProcess(this.#context, start, (code) => {
      this.#children.delete(child);
      this.#takeBackInput(child);
      onExit(code);
    });
    this.#children.add(child);
    if (options.input === undefined) this.#shareInput(child);
    else {
      child.write(options.input);
      child.closeInput();
    }
    child.run(program);
  }

  exit(code: number): void {
    if (!this.#alive) return;
    this.#end();
    this.#onExit(code);
  }

  /** Starts the program. */
  run(program: Program): void {
    program(this);
  }

  /** Writes to its standard input, which a child may share. */
  write(text: string): void {
    if (!this.#alive || this.#inputClosed || text === "") return;
    if (this.#heir !== undefined) this.#heir.write(text);
    else if (this.#read === undefined) this.#pendingInput.push(text);
    else this.#read(text);
  }

  closeInput(): void {
    if (!this.#alive || this.#inputClosed) return;
    this.#inputClosed = true;
    if (this.#heir !== undefined) this.#heir.closeInput();
    else this.#read?.(undefined);
  }

  /** What Ctrl-D at a terminal does: whoever reads at present finds an end, and the input stays open. */
  endText(): void {
    if (this.#heir !== undefined) this.#heir.endText();
    else this.closeInput();
  }

  /** SIGINT, to what runs in the foreground. */
  interrupt(): void {
    const child = [...this.#children].at(-1);
    if (child !== undefined) child.interrupt();
    else if (this.#interrupt !== undefined) this.#interrupt();
    else if (!this.#first) this.exit(INTERRUPTED);
  }

  /** SIGTERM. */
  terminate(): void {
    this.#terminate?.();
  }

  /** SIGKILL. */
  kill(): void {
    this.exit(KILLED);
  }

  get #why(): string {
    return `${this.cluster} ${this.pod.metadata.name} ${this.argv[0] ?? this.container.name}`;
  }

  #flushInput(): void {
    const pending = this.#pendingInput;
    this.#pendingInput = [];
    for (const text of pending) if (this.#alive) this.#read?.(text);
    if (this.#inputClosed && this.#alive) this.#read?.(undefined);
  }

  #shareInput(child: RunningProcess): void {
    child.#pendingInput = this.#pendingInput;
    child.#inputClosed = this.#inputClosed;
    this.#pendingInput = [];
    this.#heir = child;
  }

  /** What a child left unread is read by the next. */
  #takeBackInput(child: RunningProcess): void {
    if (this.#heir !== child) return;
    this.#heir = undefined;
    this.#pendingInput = child.#pendingInput;
    if (this.#read !== undefined) this.#flushInput();
  }

  #open(address: string, port: string, listener: Listener): (() => void) | undefined {
    const { network } = this.#context.sandbox;
    if (!network.listen(address, port, listener)) return undefined;
    const close = (): void => network.close(address, port, listener);
    this.#closers.push(close);
    return close;
  }

  #openHostPort(port: number, listener: Listener): void {
    const { network, nodeAddresses } = this.#context.sandbox;
    for (const address of nodeAddresses) {
      this.#closers.push(network.bringUp(address));
      this.#open(address, portKey(port, "TCP"), listener);
    }
  }

  #end(): void {
    this.#alive = false;
    for (const child of [...this.#children]) child.#endSilently();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const close of this.#closers.splice(0).reverse()) close();
  }

  #endSilently(): void {
    if (this.#alive) this.#end();
  }
}
