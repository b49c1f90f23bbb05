import PQueue from "p-queue";
import { failure, type Status } from "../apimachinery/index.ts";
import type {
  Answer,
  ApiRequest,
  HttpExchange,
  HttpResponder,
  RawAnswer,
  WatchHandle,
  WatchSink,
} from "../apiserver/index.ts";
import type { ClusterClient } from "../client/index.ts";
import type { Loop } from "../sim/index.ts";
import { type Connection, type Credentials, type KubeconfigSource, loadCredentials } from "./credentials.ts";
import { forward } from "./forward.ts";
import { type ForwardedUpgrade, forwardUpgrade } from "./forward-upgrade.ts";
import { answerOf, type HttpResponse, rawAnswerOf, retryAfterOf } from "./http-answer.ts";
import { callOf, type HttpCall, rawCall } from "./http-call.ts";
import { ExchangeTimeout, exchange } from "./http-exchange.ts";
import { RemoteWatch } from "./remote-watch.ts";
import { TokenBucket, type WallTime } from "./token-bucket.ts";

export type RemoteClientOptions = {
  /** The cluster's name in the fleet. */
  readonly cluster: string;
  readonly kubeconfig: KubeconfigSource;
  /** The current context when absent. */
  readonly context?: string;
  readonly loop: Loop;
  /** Requests a second, and at once after a rest; Karmada's `--cluster-api-qps` and `--cluster-api-burst`. */
  readonly qps?: number;
  readonly burst?: number;
  /** Requests under way at once; watches do not count. */
  readonly concurrency?: number;
  readonly requestTimeoutMs?: number;
  readonly watchIdleMs?: number;
};

/** A client that holds connections, to be closed. */
export interface RemoteClient extends ClusterClient {
  /** The API server's address. */
  readonly server: string;
  /** Hands a request on with the kubeconfig's credentials in place of its user's; the answer is passed on as it comes. */
  forward(exchange: HttpExchange, responder: HttpResponder): void;
  /** The same for a connection that is to speak another protocol. */
  forwardUpgrade(upgrade: ForwardedUpgrade): void;
  close(): void;
}

const QPS = 40;
const BURST = 60;
const CONCURRENCY = 32;
/** kube-apiserver's own `--request-timeout` is 60 s. */
const REQUEST_TIMEOUT_MS = 65_000;
const WATCH_IDLE_MS = 150_000;
/** client-go's rest.Request follows Retry-After at most ten times. */
const RETRIES_MAX = 10;
const WATCH_TIMEOUT_SECONDS_MIN = 300;
const CLOSED = "the client is closed";

/** Connects the client port to any cluster a kubeconfig names, as its user. Fails when the kubeconfig cannot be read. */
export async function remoteClient(options: RemoteClientOptions): Promise<RemoteClient> {
  const { kubeconfig, context, concurrency = CONCURRENCY } = options;
  const credentials = await loadCredentials({ kubeconfig, context, connections: concurrency });
  return new HttpsClient(options, credentials);
}

/** The client port over HTTPS. Answers re-enter the loop as entries; virtual time stands still until they have. */
class HttpsClient implements RemoteClient {
  readonly cluster: string;
  readonly server: string;
  readonly #loop: Loop;
  readonly #credentials: Credentials;
  readonly #bucket: TokenBucket;
  readonly #queue: PQueue;
  readonly #requestTimeoutMs: number;
  readonly #watchIdleMs: number;
  readonly #watches = new Set<RemoteWatch>();
  readonly #time = new ClosableTime();

  constructor(options: RemoteClientOptions, credentials: Credentials) {
    this.cluster = options.cluster;
    this.server = credentials.server.href;
    this.#loop = options.loop;
    this.#credentials = credentials;
    this.#bucket = new TokenBucket({ qps: options.qps ?? QPS, burst: options.burst ?? BURST, time: this.#time });
    this.#queue = new PQueue({ concurrency: options.concurrency ?? CONCURRENCY });
    this.#requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#watchIdleMs = options.watchIdleMs ?? WATCH_IDLE_MS;
  }

  send(request: ApiRequest, onAnswer: (answer: Answer) => void): void {
    const why = `${this.cluster} ${request.verb} ${request.kind.plural}`;
    const toAnswer = (response: HttpResponse): Answer => answerOf(response, request.kind);
    this.#perform<Answer>(why, callOf(request), toAnswer, onAnswer);
  }

  raw(path: string, onAnswer: (answer: RawAnswer) => void): void {
    this.#perform<RawAnswer>(`${this.cluster} get ${path}`, rawCall(path), rawAnswerOf, onAnswer);
  }

  watch(request: ApiRequest, sink: WatchSink): WatchHandle {
    const watch = new RemoteWatch({
      loop: this.#loop,
      why: `${this.cluster} watch ${request.kind.plural}`,
      connect: () => this.#connect(),
      call: callOf(this.#withTimeout(request)),
      sink,
      idleMs: this.#watchIdleMs,
      onOver: (over) => void this.#watches.delete(over),
    });
    this.#watches.add(watch);
    void watch.open();
    return watch;
  }

  forward(exchange: HttpExchange, responder: HttpResponder): void {
    const why = `${this.cluster} ${exchange.method} ${exchange.path}`;
    forward({ loop: this.#loop, why, connect: () => this.#connect() }, exchange, responder);
  }

  forwardUpgrade(upgrade: ForwardedUpgrade): void {
    forwardUpgrade(() => this.#connect(), upgrade);
  }

  close(): void {
    for (const watch of this.#watches) watch.stop();
    this.#time.close();
    this.#credentials.close();
  }

  /** Servers are spared watches that never end: client-go's reflector asks for 5 to 10 minutes. */
  #withTimeout(request: ApiRequest): ApiRequest {
    if (request.options?.timeoutSeconds !== undefined) return request;
    const extra = this.#loop.random.stream("remote-watch-timeout").below(WATCH_TIMEOUT_SECONDS_MIN);
    return { ...request, options: { ...request.options, timeoutSeconds: WATCH_TIMEOUT_SECONDS_MIN + extra } };
  }

  #perform<A>(
    why: string,
    call: HttpCall,
    toAnswer: (response: HttpResponse) => A,
    onAnswer: (answer: A | { readonly ok: false; readonly status: Status }) => void,
  ): void {
    const hold = this.#loop.hold(why);
    const enter = (answer: A | { readonly ok: false; readonly status: Status }): void => {
      this.#loop.soon(why, () => onAnswer(answer));
      hold.release();
    };
    this.#persist(call).then(
      (response) => enter(toAnswer(response)),
      (error: unknown) => enter({ ok: false, status: this.#statusOfError(error) }),
    );
  }

  /** Sends until there is an answer to give: waits as servers ask to, and gets new credentials once when they are refused. */
  async #persist(call: HttpCall): Promise<HttpResponse> {
    let refused = false;
    for (let retries = 0; ; retries++) {
      await this.#bucket.take();
      const response = await this.#queue.add(() => this.#once(call));
      const retryAfter = retryAfterOf(response.headers);
      if (response.code === 401 && !refused) {
        refused = true;
        this.#credentials.expire();
      } else if (retryAfter !== undefined && retries < RETRIES_MAX && (response.code === 429 || response.code >= 500))
        await this.#time.sleep(retryAfter * 1000);
      else return response;
    }
  }

  async #once(call: HttpCall): Promise<HttpResponse> {
    this.#time.assertOpen();
    const connection = await this.#credentials.connection();
    try {
      return await exchange(connection, call, this.#requestTimeoutMs);
    } catch (error) {
      // A kept-alive connection may have been closed by the server just now; reading again harms nobody.
      if (call.method !== "GET" || !isReset(error)) throw error;
      this.#time.assertOpen();
      return exchange(connection, call, this.#requestTimeoutMs);
    }
  }

  async #connect(): Promise<Connection> {
    await this.#bucket.take();
    return this.#credentials.connection();
  }

  #statusOfError(error: unknown): Status {
    const message = `cluster ${this.cluster} at ${this.server}: ${describeError(error)}`;
    return failure(error instanceof ExchangeTimeout ? "Timeout" : "ServiceUnavailable", message);
  }
}

/** The machine's time, whose sleepers are woken with an error when the client is closed. */
class ClosableTime implements WallTime {
  readonly #closed = new AbortController();

  nowMs(): number {
    return performance.now();
  }

  sleep(ms: number): Promise<void> {
    const { signal } = this.#closed;
    return new Promise((resolve, reject) => {
      const onClose = (): void => {
        clearTimeout(timer);
        reject(new Error(CLOSED));
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", onClose);
        resolve();
      }, ms);
      if (signal.aborted) onClose();
      else signal.addEventListener("abort", onClose, { once: true });
    });
  }

  /** Rejects what would begin after the end. */
  assertOpen(): void {
    if (this.#closed.signal.aborted) throw new Error(CLOSED);
  }

  close(): void {
    this.#closed.abort();
  }
}

function isReset(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === "ECONNRESET";
}

/** Connection errors to several addresses come as one AggregateError without a message of its own. */
function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join(", ");
  return error instanceof Error ? error.message : String(error);
}
