import type { Container, Pod } from "../../api/index.ts";
import type { Loop, Timer } from "../../sim/index.ts";
import type { DnsMessage } from "../dns/message.ts";
import type { DnsResponder } from "../dns/responder.ts";
import { type Listener, portKey } from "../fabric/cluster-network.ts";
import { type Datagram, type DatagramFlow, openDatagrams } from "../fabric/datagrams.ts";
import { type DialOutcome, type DialTarget, dial } from "../fabric/dial.ts";
import { type FetchOptions, type FetchResult, fetchUrl } from "../fabric/fetch.ts";
import { type HttpResponse, isPending, type Serve } from "../fabric/http.ts";
import type { Protocol, StreamProtocol } from "../fabric/packet.ts";
import type { Socket } from "../fabric/socket.ts";
import type { Child, FileSystem, ListenerExtras, Output, Process, Program, SpawnOptions } from "../programs/program.ts";
import { filesFrom } from "../programs/relative-files.ts";
import type { TextPipe } from "../programs/text-pipe.ts";
import { parseResolvConf, type Resolution } from "../resolver.ts";
import { type ContainerContext, commandIn, dnsOf } from "./container-context.ts";
import { eachLine, ProcessInput } from "./process-input.ts";
import type { ProcessStart } from "./process-start.ts";
import { ProcessTable } from "./process-table.ts";
import { openHostPorts } from "./sandbox.ts";

/** 128 + SIGKILL, 128 + SIGINT, 128 + SIGTERM. */
const KILLED = 137;
const INTERRUPTED = 130;
const TERMINATED = 143;

/** One program at work: its listeners, timers and children end when it does, and nothing it asked for reaches it afterwards. */
export class RunningProcess implements Process {
  readonly argv: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly output: Output;
  readonly tty: boolean;
  readonly pid: number;
  readonly directory: string;
  readonly table: ProcessTable;
  readonly files: FileSystem;
  readonly #context: ContainerContext;
  readonly #background: boolean;
  readonly #onExit: (code: number) => void;
  readonly #timers = new Set<Timer>();
  readonly #closers = new Set<() => void>();
  /** Lets go of connections, and of those who wait for an answer. */
  readonly #held = new Set<() => void>();
  readonly #children = new Set<RunningProcess>();
  readonly #first: boolean;
  readonly #pipe: TextPipe | undefined;
  readonly #input = new ProcessInput(() => this.#alive);
  #stopReading: (() => void) | undefined;
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
    this.#pipe = start.input;
    this.directory = start.directory ?? context.container.workingDir ?? "/";
    this.files = filesFrom(context.files, this.directory);
    this.table = start.table ?? new ProcessTable();
    this.pid = this.table.nextPid();
    this.table.add(this);
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
    return this.#context.sandbox.addresses[0] ?? "";
  }

  get clock(): Loop {
    return this.#context.loop;
  }

  get clusterDns(): Process["clusterDns"] {
    return dnsOf(this.#context);
  }

  listen(port: number, serve: Serve, more: ListenerExtras = {}): (() => void) | undefined {
    return this.#openWithHostPort(port, "TCP", { serve: (request) => this.#whileAlive(serve(request)), ...more });
  }

  accept(port: number, onSocket: (socket: Socket) => void, protocol?: StreamProtocol): (() => void) | undefined {
    const accept = (socket: Socket): void => {
      this.#hold(socket);
      if (this.#alive) onSocket(socket);
    };
    return this.#openWithHostPort(port, protocol ?? "TCP", { accept });
  }

  receive(port: number, onDatagram: (datagram: Datagram) => void): (() => void) | undefined {
    return this.#openWithHostPort(port, "UDP", { receive: onDatagram });
  }

  listenDns(port: number, responder: () => DnsResponder | undefined): () => void {
    const listener: Listener = { dns: responder };
    const closers = (["UDP", "TCP"] as const).map((protocol) => this.#openAll(portKey(port, protocol), listener));
    const { clusterDns, sandbox } = this.#context;
    const forgets = sandbox.addresses.map((address) => this.#untilEnd(clusterDns.register(address, port, responder)));
    return () => {
      for (const closeOne of closers) closeOne?.();
      for (const forget of forgets) forget();
    };
  }

  work(cpuMs: number): void {
    this.#context.cpu.spend(this.clock.nowMs(), cpuMs);
  }

  onTerminate(run: () => void): void {
    this.#terminate = run;
  }

  onInterrupt(run: () => void): void {
    this.#interrupt = run;
  }

  onText(read: (text: string | undefined) => void): void {
    if (this.#pipe === undefined) {
      this.#input.read(read);
      return;
    }
    this.#stopReading = this.#pipe.read((text) => {
      if (this.#alive) read(text);
    });
    if (!this.#alive) this.#stopReading();
  }

  onInput(read: (line: string | undefined) => void): void {
    this.onText(eachLine(read));
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

  dial(target: DialTarget, onOutcome: (outcome: DialOutcome) => void): void {
    dial(this.#context, target, (outcome) => {
      if (outcome.ok) this.#hold(outcome.socket);
      if (this.#alive) onOutcome(outcome);
    });
  }

  datagrams(address: string, port: number): DatagramFlow {
    const flow = openDatagrams(this.#context, { address, port });
    return { ...flow, close: this.#untilEnd(() => flow.close()) };
  }

  reaches(address: string): boolean {
    const route = this.#context.fabric.route(this.#context.caller.origin, { address, port: 0, protocol: "TCP" });
    return route.verdict !== "dropped";
  }

  spawn(argv: readonly string[], options: SpawnOptions, onExit: (code: number) => void): Child | undefined {
    const program = commandIn(this.#context, argv[0] ?? "");
    if (program === undefined) return undefined;
    const start: ProcessStart = {
      argv,
      environment: options.environment ?? this.environment,
      output: options.output ?? this.output,
      background: this.#background,
      tty: this.tty,
      directory: options.directory ?? this.directory,
      input: options.input ?? this.#pipe,
      table: this.table,
    };
    const child: RunningProcess = new RunningProcess(this.#context, start, (code) => {
      this.#children.delete(child);
      this.#input.takeBack(child.#input);
      onExit(code);
    });
    this.#children.add(child);
    if (start.input === undefined) this.#input.shareWith(child.#input);
    child.run(program);
    return child;
  }

  hasCommand(name: string): boolean {
    return commandIn(this.#context, name) !== undefined;
  }

  newPid(): number {
    return this.table.nextPid();
  }

  processes(): ReturnType<Process["processes"]> {
    return this.table.all();
  }

  listening(): ReturnType<Process["listening"]> {
    return [...this.#context.sandbox.ports].sort().map((port) => {
      const slash = port.indexOf("/");
      return { port: Number(port.slice(0, slash)), protocol: port.slice(slash + 1) };
    });
  }

  /** A signal to a process of the container by number, or to this one. */
  signal(pid: number | string, name = ""): boolean {
    if (typeof pid === "number") return this.table.get(pid)?.signal(name) ?? false;
    this.#hear(pid.replace(/^SIG/, ""));
    return true;
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
    this.#input.write(text);
  }

  closeInput(): void {
    this.#input.close();
  }

  /** What Ctrl-D at a terminal does: whoever reads at present finds an end, and the input stays open. */
  endText(): void {
    this.#input.endText();
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

  /** What is not handled ends a process, but not the first one of its container. */
  #hear(signal: string): void {
    if (signal === "0" || signal === "CONT") return;
    if (signal === "TERM" || signal === "15") {
      if (this.#terminate !== undefined) this.#terminate();
      else if (!this.#first) this.exit(TERMINATED);
    } else if (!this.#first) this.exit(signal === "INT" || signal === "2" ? INTERRUPTED : KILLED);
  }

  get #why(): string {
    return `${this.cluster} ${this.pod.metadata.name} ${this.argv[0] ?? this.container.name}`;
  }

  /** Listens at every address of the pod; nowhere when one of them is taken. */
  #openAll(port: string, listener: Listener): (() => void) | undefined {
    const closers = this.#context.sandbox.addresses.map((address) => this.#open(address, port, listener));
    const close = (): void => {
      for (const closeOne of closers) closeOne?.();
    };
    if (closers.length > 0 && closers.every((one) => one !== undefined)) return close;
    close();
    return undefined;
  }

  #open(address: string, port: string, listener: Listener): (() => void) | undefined {
    const { network, ports } = this.#context.sandbox;
    if (!network.listen(address, port, listener)) return undefined;
    ports.add(port);
    return this.#untilEnd(() => {
      network.close(address, port, listener);
      ports.delete(port);
    });
  }

  /** At the pod's own address, and at those of its node where the container declares a host port for it. */
  #openWithHostPort(port: number, protocol: Protocol, listener: Listener): (() => void) | undefined {
    const close = this.#openAll(portKey(port, protocol), listener);
    if (close === undefined || this.pod.spec.hostNetwork === true) return close;
    const { sandbox, container } = this.#context;
    const closeHostPorts = this.#untilEnd(openHostPorts(sandbox, container, { port, protocol }, listener));
    return () => {
      close();
      closeHostPorts();
    };
  }

  /** Undoes something once: when it is called, or when the process ends. */
  #untilEnd(undo: () => void): () => void {
    const close = (): void => {
      if (this.#closers.delete(close)) undo();
    };
    this.#closers.add(close);
    return close;
  }

  /** What it leaves open is closed for it. */
  #hold(socket: Socket): void {
    const close = (): void => socket.close();
    if (!this.#alive) {
      close();
      return;
    }
    this.#held.add(close);
    socket.onOver(() => this.#held.delete(close));
  }

  /** An answer still to come never comes from a process that has ended. */
  #whileAlive(answer: ReturnType<Serve>): ReturnType<Serve> {
    if (!isPending(answer)) return answer;
    return {
      later: (onResponse) => {
        const finish = (response?: HttpResponse): void => {
          if (this.#held.delete(finish)) onResponse(response);
        };
        this.#held.add(finish);
        answer.later(finish);
      },
    };
  }

  #end(): void {
    this.#alive = false;
    this.table.remove(this.pid);
    this.#stopReading?.();
    for (const child of [...this.#children]) child.#endSilently();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const close of [...this.#closers].reverse()) close();
    for (const letGo of [...this.#held]) letGo();
  }

  #endSilently(): void {
    if (this.#alive) this.#end();
  }
}
