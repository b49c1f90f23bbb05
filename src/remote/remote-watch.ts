import type { ClientRequest, IncomingMessage } from "node:http";
import { failure, type Status } from "../apimachinery/index.ts";
import type { WatchEvent, WatchHandle, WatchSink } from "../apiserver/index.ts";
import type { Loop } from "../sim/index.ts";
import type { Connection } from "./credentials.ts";
import { statusOf } from "./http-answer.ts";
import type { HttpCall } from "./http-call.ts";
import { readBody, startRequest } from "./http-exchange.ts";
import { WatchParser } from "./watch-parser.ts";

export type RemoteWatchOptions = {
  readonly loop: Loop;
  readonly why: string;
  /** Resolves when the watch may be opened; rejects when there are no credentials. */
  readonly connect: () => Promise<Connection>;
  readonly call: HttpCall;
  readonly sink: WatchSink;
  /** A stream silent for so long is taken for dead; servers bookmark about once a minute. */
  readonly idleMs: number;
  readonly onOver: (watch: RemoteWatch) => void;
};

/**
 * One watch of a remote cluster. Its events enter the loop in order, a chunk at a time: the next one is read when the loop has
 * taken the last. A stream that breaks, stalls or speaks nonsense ends the watch, to be resumed by whoever reflects it.
 */
export class RemoteWatch implements WatchHandle {
  readonly #options: RemoteWatchOptions;
  readonly #parser = new WatchParser();
  #request: ClientRequest | undefined;
  #idle: NodeJS.Timeout | undefined;
  #over = false;
  #stopped = false;

  constructor(options: RemoteWatchOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { connect, call } = this.#options;
    try {
      const connection = await connect();
      if (this.#stopped) return;
      this.#request = startRequest(connection, call, (response) => this.#onResponse(response));
      this.#request.on("error", (error) => this.#end(unavailable(error)));
      this.#awaitMore();
    } catch (error) {
      this.#end(unavailable(error));
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#close();
  }

  #onResponse(response: IncomingMessage): void {
    const code = response.statusCode ?? 0;
    if (code >= 400) {
      readBody(response).then(
        (body) => this.#end(statusOf({ code, headers: response.headers, body })),
        (error: unknown) => this.#end(unavailable(error)),
      );
      return;
    }
    this.#awaitMore();
    response.on("data", (chunk: Buffer) => this.#onChunk(chunk, response));
    response.on("end", () => this.#end(undefined));
    // The connection broke: what was not delivered is told again when the watch is resumed.
    response.on("error", () => this.#end(undefined));
    response.on("close", () => this.#end(undefined));
  }

  #onChunk(chunk: Buffer, response: IncomingMessage): void {
    if (this.#over) return;
    let events: WatchEvent[];
    try {
      events = this.#parser.push(chunk);
    } catch {
      this.#end(undefined);
      return;
    }
    if (events.length === 0) {
      this.#awaitMore();
      return;
    }
    clearTimeout(this.#idle);
    response.pause();
    const { loop, why } = this.#options;
    loop.soon(why, () => {
      this.#deliver(events);
      if (!this.#over) this.#awaitMore();
      response.resume();
    });
  }

  #deliver(events: readonly WatchEvent[]): void {
    for (const event of events) {
      if (this.#stopped) return;
      if (event.type === "ERROR") {
        this.#end(event.status);
        return;
      }
      this.#options.sink.onEvent(event);
    }
  }

  #awaitMore(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(undefined), this.#options.idleMs);
    this.#idle.unref();
  }

  /** Ends the watch, in an entry of the loop, after what was delivered before. */
  #end(status: Status | undefined): void {
    if (this.#over) return;
    this.#close();
    const { loop, why, sink } = this.#options;
    loop.soon(why, () => {
      if (status !== undefined && !this.#stopped) sink.onEvent({ type: "ERROR", status });
      if (!this.#stopped) sink.onEnd();
    });
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#idle);
    this.#request?.destroy();
    this.#options.onOver(this);
  }
}

function unavailable(error: unknown): Status {
  return failure("ServiceUnavailable", error instanceof Error ? error.message : String(error));
}
