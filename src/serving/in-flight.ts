import { failure } from "../apimachinery/index.ts";
import type { HttpResponder } from "../apiserver/index.ts";

/** How many requests may be in the works at once, as `--max-requests-inflight` and `--max-mutating-requests-inflight` say it. */
export type InFlightLimits = { readonly readOnly: number; readonly mutating: number };

/** Ten times upstream's: requests are answered one after another here, so that many clients at once only make a queue. */
export const IN_FLIGHT_LIMITS: InFlightLimits = { readOnly: 4000, mutating: 2000 };

/** Counts the requests a server has taken and not yet answered. */
export class InFlight {
  readonly #limits: InFlightLimits;
  readonly #counts = { readOnly: 0, mutating: 0 };

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }

  /** Takes a request in; returns the function that lets it go, or `undefined` when there are too many. */
  admit(method: string): (() => void) | undefined {
    const kind = method === "GET" || method === "HEAD" ? "readOnly" : "mutating";
    if (this.#counts[kind] >= this.#limits[kind]) return undefined;
    this.#counts[kind]++;
    let held = true;
    return () => {
      if (held) this.#counts[kind]--;
      held = false;
    };
  }
}

/** The answer to a request too many; clients come back after a second. */
export function refuseAsTooMany(responder: HttpResponder): void {
  const status = failure("TooManyRequests", "too many requests, please try again later", { retryAfterSeconds: 1 });
  const headers = { "content-type": "application/json", "retry-after": "1", "cache-control": "no-cache, private" };
  responder.respond(status.code, headers, JSON.stringify(status));
}
