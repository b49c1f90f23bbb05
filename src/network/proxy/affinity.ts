import type { RuleEndpoint } from "../../algorithms/index.ts";
import { hostPort } from "../../std/index.ts";

type Remembered = { readonly endpoint: string; readonly untilMs: number };

const CLIENTS_MAX = 10_000;

/** Where clients with affinity went last, per Service port; the least recently seen client is forgotten when there are too many. */
export class AffinityTable {
  readonly #clients = new Map<string, Remembered>();

  /** The endpoint the client went to, while it is eligible and its time is not up. */
  recall(key: string, endpoints: readonly RuleEndpoint[], nowMs: number): RuleEndpoint | undefined {
    const last = this.#clients.get(key);
    if (last === undefined || last.untilMs <= nowMs) return undefined;
    return endpoints.find((endpoint) => endpointKey(endpoint) === last.endpoint);
  }

  /** Every use begins the time anew. */
  remember(key: string, endpoint: RuleEndpoint, untilMs: number): void {
    this.#clients.delete(key);
    this.#clients.set(key, { endpoint: endpointKey(endpoint), untilMs });
    if (this.#clients.size <= CLIENTS_MAX) return;
    const oldest = this.#clients.keys().next();
    if (!oldest.done) this.#clients.delete(oldest.value);
  }

  forget(key: string): void {
    this.#clients.delete(key);
  }
}

/** `10.1.2.3:80`: a backend by name. */
export function endpointKey({ address, port }: RuleEndpoint): string {
  return hostPort(address, port);
}
