import type { Container, ContainerState, ContainerStatus, Pod, ResourceRequirements } from "../../api/index.ts";
import { timestamp } from "../../apimachinery/index.ts";
import type { RunningContainer } from "../runtime.ts";
import type { ContainerFiles } from "./container-files.ts";
import type { ContainerHost } from "./container-host.ts";
import { containerID, imageID } from "./container-identity.ts";
import { ContainerResources } from "./container-resources.ts";
import { runHook } from "./lifecycle-hooks.ts";
import { Prober } from "./prober.ts";
import { RestartBackoff } from "./restart-backoff.ts";

export type ContainerRole = "init" | "sidecar" | "main" | "ephemeral";
type Waiting = { readonly reason: string; readonly message?: string };
type Exit = { readonly code: number; readonly reason: string; readonly message?: string };

/** What a container has left to end in, whatever came before (`minimumGracePeriodInSeconds`). */
const GRACE_MS_MIN = 2_000;
/** Nobody waits longer for what follows a start. */
const POST_START_MS_MAX = 3_600_000;

/** One container of a pod: pulled, started, probed, and started again as its restart policy has it. */
export class ContainerWorker {
  readonly role: ContainerRole;
  readonly #host: ContainerHost;
  readonly #backoff = new RestartBackoff();
  readonly #pullBackoff = new RestartBackoff();
  /** With the resources it runs with. */
  #container: Container;
  readonly #resources: ContainerResources;
  #state: ContainerState;
  #lastState: ContainerState = {};
  #restarts = 0;
  /** Counts starts; an exit that belongs to an earlier one is none of ours. */
  #attempt = 0;
  #running: RunningContainer | undefined;
  #files: ContainerFiles | undefined;
  #prober: Prober | undefined;
  #notBeforeMs = 0;
  /** What is to happen right after its start is still going on. */
  #starting = false;
  #preStopping = false;
  #stoppingGraceMs = Number.POSITIVE_INFINITY;
  /** It ends to be started otherwise than it was. */
  #isRedefined = false;

  constructor(container: Container, role: ContainerRole, host: ContainerHost, previous: ContainerStatus | undefined) {
    this.#container = container;
    this.#resources = new ContainerResources(container);
    this.role = role;
    this.#host = host;
    this.#state = {
      waiting: { reason: waitingReason(role, host.pod()) },
    };
    if (previous !== undefined) this.#adopt(previous);
  }

  get container(): Container {
    return this.#container;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Started, but not yet through with what is to follow its start: no other container starts meanwhile. */
  get isStarting(): boolean {
    return this.isRunning && this.#starting;
  }

  get isStarted(): boolean {
    return this.isRunning && this.#prober?.started === true;
  }

  /** Exited well, and not to be started again. */
  get isComplete(): boolean {
    return this.#state.terminated?.exitCode === 0 && !this.#isRestarted(0);
  }

  /** Exited badly, and not to be started again. */
  get isFailed(): boolean {
    const exitCode = this.#state.terminated?.exitCode;
    return exitCode !== undefined && exitCode !== 0 && !this.#isRestarted(exitCode);
  }

  status(): ContainerStatus {
    const { name, image = "" } = this.container;
    const everStarted = this.#attempt > 0 || this.#state.terminated !== undefined;
    return {
      name,
      state: this.isStarting ? { waiting: { reason: waitingReason(this.role, this.#host.pod()) } } : this.#state,
      lastState: this.#lastState,
      ready: this.role === "init" ? this.#state.terminated?.exitCode === 0 : this.#prober?.ready === true,
      restartCount: this.#restarts,
      image,
      imageID: everStarted ? imageID(image) : "",
      ...(everStarted ? { containerID: this.#containerID() } : {}),
      started: this.#prober?.started === true,
      ...(everStarted ? this.#resources.told(this.isRunning ? this.#container : undefined, this.#host.minor) : {}),
    };
  }

  /** Whether it runs with other resources than its node has granted it. */
  get isResizing(): boolean {
    return this.isRunning && this.#resources.differFrom(this.#container);
  }

  /** Its node grants it these resources from now on. */
  grant(resources: ResourceRequirements): void {
    this.#resources.grant(resources);
    if (!this.isRunning) this.#container = this.#resources.appliedTo(this.#container);
  }

  /** Runs another image, which it is started again for. */
  follow({ image = "" }: Container): void {
    const { name, image: before = "" } = this.#container;
    if (image === before) return;
    this.#container = { ...this.#container, image };
    if (this.#running === undefined || this.#isRedefined) return;
    this.#isRedefined = true;
    this.#kill(this.#podGraceMs(), `Container ${name} definition changed, will be restarted`);
  }

  /** Runs with what was granted: in place, or after a restart where the resize policy asks for one. */
  resize(): void {
    if (!this.isResizing) return;
    if (this.#resources.needRestartOf(this.#container)) {
      this.#isRedefined = true;
      this.#kill(this.#podGraceMs(), `Container ${this.#container.name} resize requires restart`);
      return;
    }
    this.#container = this.#resources.appliedTo(this.#container);
    this.refreshFiles();
    this.#host.changed();
  }

  /** Starts the container if it is not running, may run, and is not held back. */
  advance(): void {
    if (this.#running !== undefined) return;
    const { terminated } = this.#state;
    if (terminated !== undefined && !this.#isRestarted(terminated.exitCode)) return;
    const nowMs = this.#host.loop.nowMs();
    if (nowMs >= this.#notBeforeMs) this.#start();
    else if (terminated !== undefined) this.#hold(this.#notBeforeMs - nowMs);
  }

  /** Ends the container within `graceMs`; a shorter grace than before counts, a longer does not. */
  stop(graceMs: number): void {
    if (this.#running === undefined || graceMs >= this.#stoppingGraceMs) return;
    if (this.#stoppingGraceMs === Number.POSITIVE_INFINITY)
      this.#host.event("Normal", "Killing", `Stopping container ${this.container.name}`);
    this.#stoppingGraceMs = graceMs;
    this.#prober?.stopAllButReadiness();
    this.#end(graceMs);
  }

  /** What is to happen before its end goes first, within the same grace, of which a little is left in any case. */
  #end(graceMs: number): void {
    const preStop = this.container.lifecycle?.preStop;
    const running = this.#running;
    if (preStop === undefined || graceMs === 0 || this.#preStopping) {
      running?.stop(graceMs);
      return;
    }
    this.#preStopping = true;
    const { loop } = this.#host;
    const untilMs = loop.nowMs() + graceMs;
    runHook({ ...this.#host, pod: this.#host.pod(), container: this.container }, preStop, graceMs, (ok) => {
      if (running === undefined || running !== this.#running) return;
      if (!ok) this.#host.event("Warning", "FailedPreStopHook", "PreStopHook failed");
      running.stop(Math.max(GRACE_MS_MIN, untilMs - loop.nowMs()));
    });
  }

  /** The node is gone: the container with it, unheard. */
  abandon(): void {
    this.#attempt++;
    this.#prober?.stop();
    this.#running?.stop(0);
    this.#running = undefined;
  }

  /** Writes the present contents of ConfigMaps and Secrets into the running container's files. */
  refreshFiles(): void {
    if (this.#files === undefined || this.#running === undefined) return;
    const prepared = this.#host.prepare(this.container);
    if (!prepared.ok) return;
    this.#files.follow(prepared.start.files);
  }

  /** A container of an earlier life of the node: it ended unseen, and its restarts count on. */
  #adopt(previous: ContainerStatus): void {
    this.#restarts = previous.restartCount;
    this.#lastState = previous.lastState ?? {};
    const { running, terminated } = previous.state ?? {};
    if (terminated !== undefined) this.#state = { terminated };
    if (running === undefined) return;
    this.#state = {
      terminated: {
        exitCode: 255,
        reason: "Unknown",
        ...running,
        finishedAt: timestamp(this.#host.loop.nowMs()),
      },
    };
  }

  #start(): void {
    const prepared = this.#host.prepare(this.container);
    if (!prepared.ok) {
      this.#wait({ reason: "CreateContainerConfigError", message: prepared.message }, `Error: ${prepared.message}`);
      return;
    }
    if (!this.#pull()) return;
    const { loop, runtime, cluster } = this.#host;
    if (this.#state.terminated !== undefined || this.#lastState.terminated !== undefined) {
      this.#restarts++;
      if (this.#state.terminated !== undefined) this.#lastState = this.#state;
    }
    const attempt = ++this.#attempt;
    this.#isRedefined = false;
    this.#stoppingGraceMs = Number.POSITIVE_INFINITY;
    this.#files = prepared.start.files;
    const { name } = this.container;
    this.#host.event("Normal", "Created", `Created container: ${name}`);
    const start = { ...prepared.start, files: this.#files, cluster, node: this.#host.node(), pod: this.#host.pod() };
    this.#state = { running: { startedAt: timestamp(loop.nowMs()) } };
    this.#running = runtime.start(start, { onExit: (exit) => this.#onExit(attempt, exit) });
    this.#host.event("Normal", "Started", `Started container ${name}`);
    this.#postStart(attempt);
  }

  /** Probes begin when what follows the start is through; if that fails, the container ends. */
  #postStart(attempt: number): void {
    const postStart = this.container.lifecycle?.postStart;
    this.#preStopping = false;
    if (postStart === undefined) {
      this.#probe();
      return;
    }
    this.#starting = true;
    runHook({ ...this.#host, pod: this.#host.pod(), container: this.container }, postStart, POST_START_MS_MAX, (ok) => {
      if (attempt !== this.#attempt || this.#running === undefined) return;
      this.#starting = false;
      if (ok) {
        if (this.#stoppingGraceMs === Number.POSITIVE_INFINITY) this.#probe();
      } else {
        this.#host.event("Warning", "FailedPostStartHook", "PostStartHook failed");
        this.#host.event("Normal", "Killing", "FailedPostStartHook");
        this.#stoppingGraceMs = this.#podGraceMs();
        this.#end(this.#stoppingGraceMs);
      }
      this.#host.changed();
    });
  }

  #podGraceMs(): number {
    return (this.#host.pod().spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  #probe(): void {
    const { loop, runtime } = this.#host;
    this.#prober = new Prober({
      loop,
      runtime,
      pod: () => this.#host.pod(),
      container: this.container,
      onChange: () => this.#host.changed(),
      onFailure: (probe) => this.#failed(probe),
      onTold: (reason, message) => this.#host.event("Warning", reason, message),
    });
  }

  /** Whether the image is there, pulling it when its policy says so. */
  #pull(): boolean {
    const { image = "", imagePullPolicy = "IfNotPresent" } = this.container;
    const images = this.#host.images();
    const present = images.has(image);
    if (present && imagePullPolicy !== "Always") {
      this.#host.event("Normal", "Pulled", `Container image "${image}" already present on machine`);
      return true;
    }
    if (imagePullPolicy === "Never") {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      this.#wait({ reason: "ErrImageNeverPull", message }, message, "ErrImageNeverPull");
      return false;
    }
    this.#host.event("Normal", "Pulling", `Pulling image "${image}"`);
    const pulled = this.#host.runtime.pull(image);
    if (!pulled.ok) {
      this.#pullFailed(image, pulled.message);
      return false;
    }
    images.add(image);
    this.#host.event("Normal", "Pulled", `Successfully pulled image "${image}"`);
    return true;
  }

  /** Shows the error first and the back-off right after it, as two watch steps; then tries again in the background. */
  #pullFailed(image: string, message: string): void {
    const { loop } = this.#host;
    this.#wait({ reason: "ErrImagePull", message }, `Failed to pull image "${image}": ${message}`);
    const delayMs = this.#pullBackoff.next(loop.nowMs()) || 10_000;
    this.#notBeforeMs = loop.nowMs() + delayMs;
    loop.soon("image pull back-off", () => {
      if (this.#state.waiting?.reason !== "ErrImagePull") return;
      this.#wait({ reason: "ImagePullBackOff", message: `Back-off pulling image "${image}"` });
      this.#host.event("Normal", "BackOff", `Back-off pulling image "${image}"`);
      this.#host.changed();
    });
    loop.after(delayMs, "image pull retry", () => this.#host.changed(), { background: true });
  }

  #wait(waiting: Waiting, warning?: string, reason = "Failed"): void {
    const before = this.#state.waiting;
    if (before?.reason === waiting.reason && before.message === waiting.message) return;
    if (this.#state.terminated !== undefined) this.#lastState = this.#state;
    this.#state = { waiting };
    if (warning !== undefined) this.#host.event("Warning", reason, warning);
  }

  /** Holds a container back that keeps ending. */
  #hold(delayMs: number): void {
    const { name } = this.container;
    const { metadata } = this.#host.pod();
    const pod = `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
    this.#lastState = this.#state;
    this.#state = {
      waiting: {
        reason: "CrashLoopBackOff",
        message: `back-off ${formatSeconds(delayMs)} restarting failed container=${name} pod=${pod}`,
      },
    };
    this.#host.event("Warning", "BackOff", `Back-off restarting failed container ${name} in pod ${pod}`);
    this.#host.loop.after(delayMs, `restart of ${name}`, () => this.#host.changed(), { background: true });
  }

  #failed(probe: "startup" | "liveness"): void {
    const { name, startupProbe, livenessProbe } = this.container;
    const { terminationGracePeriodSeconds: seconds } = (probe === "startup" ? startupProbe : livenessProbe) ?? {};
    const graceMs = seconds === undefined ? this.#podGraceMs() : seconds * 1000;
    this.#kill(graceMs, `Container ${name} failed ${probe} probe, will be restarted`);
  }

  /** Ends a container that is to be started again. */
  #kill(graceMs: number, why: string): void {
    this.#host.event("Normal", "Killing", why);
    this.#prober?.stop();
    this.#stoppingGraceMs = graceMs;
    this.#end(graceMs);
  }

  #onExit(attempt: number, exit: Exit): void {
    if (attempt !== this.#attempt || this.#running === undefined) return;
    const nowMs = this.#host.loop.nowMs();
    this.#prober?.stop();
    this.#prober = undefined;
    this.#running = undefined;
    this.#starting = false;
    this.#state = {
      terminated: {
        exitCode: exit.code,
        reason: exit.reason,
        ...(exit.message === undefined ? {} : { message: exit.message }),
        ...this.#state.running,
        finishedAt: timestamp(nowMs),
        containerID: this.#containerID(),
      },
    };
    this.#container = this.#resources.appliedTo(this.#container);
    if (!this.#isRedefined && this.#isRestarted(exit.code)) this.#notBeforeMs = nowMs + this.#backoff.next(nowMs);
    this.#host.changed();
  }

  /** Whether a container that ended with `exitCode` is started again; an init container is done once it has succeeded. */
  #isRestarted(exitCode: number): boolean {
    if (this.role === "sidecar" || this.#isRedefined) return true;
    if (this.role === "ephemeral") return false;
    const { restartPolicy = "Always" } = this.#host.pod().spec;
    if (restartPolicy === "Never") return false;
    return exitCode !== 0 || (restartPolicy === "Always" && this.role === "main");
  }

  #containerID(): string {
    return containerID(this.#host.pod().metadata.uid, this.container.name, this.#restarts);
  }
}

function waitingReason(role: ContainerRole, { spec }: Pod): string {
  return role === "main" && (spec.initContainers ?? []).length > 0 ? "PodInitializing" : "ContainerCreating";
}

function formatSeconds(delayMs: number): string {
  const seconds = Math.round(delayMs / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
