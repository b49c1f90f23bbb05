import type { Unstructured } from "../../apimachinery/index.ts";
import type { Loop } from "../../sim/index.ts";
import type { ApiRequest, WatchEvent, WatchSink } from "../request.ts";
import type { ApiServer } from "../server.ts";
import { partialObject } from "../table.ts";
import type { PausableWatch } from "../verbs/watch.ts";
import type { HttpStream } from "./exchange.ts";
import { bookmarkTable, type Responses, tableAnswer } from "./responses.ts";
import type { RoutedRequest } from "./routed-request.ts";

/** How long a slow receiver that tells nothing of its progress is left alone. */
const RETRY_MS = 100;

/** A watch that states no end ends after this time or up to twice as long (`--min-request-timeout`). */
const TIMEOUT_SECONDS_MIN = 1800;

/** Answers a watch with one JSON object per line, for as long as both sides care. A request that cannot be watched throws. */
export function streamWatch(server: ApiServer, routed: RoutedRequest, responses: Responses): void {
  const start = server.prepareWatch(withTimeout(server, routed.request), routed.user);
  const stream = responses.stream();
  stream.onClose(server.metrics.running(routed.labels));
  const lines = new WatchLines(server, routed, stream);
  const watch = start(lines);
  lines.begin(watch);
}

function withTimeout({ core, cluster }: ApiServer, request: ApiRequest): ApiRequest {
  const { options = {} } = request;
  if (options.timeoutSeconds) return request;
  const chance = core.loop.random.stream(`watch-timeout/${cluster}`).below(TIMEOUT_SECONDS_MIN);
  return { ...request, options: { ...options, timeoutSeconds: TIMEOUT_SECONDS_MIN + chance } };
}

/** Writes a watch's events, those of one entry of the loop in one piece. */
class WatchLines implements WatchSink {
  readonly #server: ApiServer;
  readonly #routed: RoutedRequest;
  readonly #stream: HttpStream;
  readonly #loop: Loop;
  #watch: PausableWatch | undefined;
  #chunks: Uint8Array[] = [];
  #isClosed = false;
  #isTableStarted = false;

  constructor(server: ApiServer, routed: RoutedRequest, stream: HttpStream) {
    this.#server = server;
    this.#routed = routed;
    this.#stream = stream;
    this.#loop = server.core.loop;
  }

  begin(watch: PausableWatch): void {
    this.#watch = watch;
    this.#stream.onClose(() => {
      this.#isClosed = true;
      watch.stop();
    });
    this.#stream.onDrain?.(() => watch.resume());
  }

  onEvent(event: WatchEvent): void {
    this.#chunks.push(this.#line(event));
    if (this.#chunks.length === 1) this.#loop.soon("watch lines", () => this.#flush());
  }

  onEnd(): void {
    this.#flush();
    if (!this.#isClosed) this.#stream.end();
  }

  #flush(): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    if (this.#isClosed || chunks.length === 0) return;
    const isTaken = this.#stream.write(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks));
    if (!isTaken) this.#wait();
  }

  #wait(): void {
    this.#watch?.pause();
    if (this.#stream.onDrain === undefined)
      this.#loop.after(RETRY_MS, "slow watch", () => this.#watch?.resume(), { background: true });
  }

  #line(event: WatchEvent): Uint8Array {
    if (event.type === "ERROR") return Buffer.from(`${JSON.stringify({ type: "ERROR", object: event.status })}\n`);
    return Buffer.concat([Buffer.from(`{"type":"${event.type}","object":`), this.#object(event), END_OF_LINE]);
  }

  #object({ type, object }: Exclude<WatchEvent, { readonly type: "ERROR" }>): Uint8Array {
    const { form } = this.#routed;
    if (form.as === "Table") return Buffer.from(JSON.stringify(this.#table(type, object)));
    if (form.as === "PartialObjectMetadata" || form.as === "PartialObjectMetadataList")
      return Buffer.from(JSON.stringify(partialObject(this.#server.core.untracked.shown(object), form.apiVersion)));
    return this.#server.core.encoded.line(object).subarray(0, -1);
  }

  /** Column definitions go out with the first Table only; a bookmark is no object of the kind, so its cells are empty. */
  #table(type: WatchEvent["type"], object: Unstructured): unknown {
    const answer = type === "BOOKMARK" ? bookmarkTable : tableAnswer;
    const table = answer(this.#server, this.#routed, object) as Readonly<Record<string, unknown>>;
    if (this.#isTableStarted) return { ...table, columnDefinitions: null };
    this.#isTableStarted = true;
    return table;
  }
}

const END_OF_LINE = Buffer.from("}\n");
