import { Event } from "../api/index.ts";
import { type KubeObject, objectKey, timestamp } from "../apimachinery/index.ts";
import type { Answer } from "../apiserver/index.ts";
import type { Loop } from "../sim/index.ts";
import type { ClusterClient } from "./port.ts";

/** Something worth telling about an object. */
export type EventIntent = {
  readonly regarding: KubeObject;
  readonly eventType: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
};

type Recorded = { readonly name: string; readonly namespace: string; count: number; lastMs: number };

/** Equal events within this time are one object whose count grows. */
const AGGREGATION_MS = 600_000;
/** client-go's LRU of the event correlator. */
const REMEMBERED_MAX = 4096;
const NANOS_PER_MS = 1_000_000;
/** Names a recorder can give in one step of the loop. */
const PER_STEP = 16;

/**
 * Writes core/v1 Events as `component`. The same message about the same object again counts up (client-go's
 * EventCorrelator). Events are told, not owed: one that cannot be written is lost.
 */
export class EventRecorder {
  readonly #client: ClusterClient;
  readonly #loop: Loop;
  readonly #component: string;
  readonly #host: string | undefined;
  /** In order of last use, so that the first is the one to forget. */
  readonly #recorded = new Map<string, Recorded>();
  #count = 0;

  constructor(options: {
    readonly client: ClusterClient;
    readonly loop: Loop;
    readonly component: string;
    readonly host?: string;
  }) {
    this.#client = options.client;
    this.#loop = options.loop;
    this.#component = options.component;
    this.#host = options.host;
  }

  record(intent: EventIntent, onAnswer: (answer: Answer) => void = () => {}): void {
    const key = correlationKey(intent);
    const recorded = this.#recorded.get(key);
    if (recorded === undefined || this.#loop.nowMs() - recorded.lastMs > AGGREGATION_MS)
      this.#create(intent, key, onAnswer);
    else this.#countUp(intent, key, recorded, onAnswer);
  }

  #create(intent: EventIntent, key: string, onAnswer: (answer: Answer) => void): void {
    const { name, namespace = "default" } = intent.regarding.metadata;
    const suffix = this.#nanoseconds().toString(16);
    const nowMs = this.#loop.nowMs();
    const event = eventOf(intent, {
      name: `${name}.${suffix}`,
      namespace,
      time: timestamp(nowMs),
      component: this.#component,
      host: this.#host,
    });
    this.#remember(key, { name: event.metadata.name, namespace, count: 1, lastMs: nowMs });
    this.#client.send({ verb: "create", kind: Event, namespace, object: event }, (answer) => {
      if (!answer.ok) this.#recorded.delete(key);
      onAnswer(answer);
    });
  }

  /**
   * Upstream names events by the nanoseconds of the clock, so that lists show them in the order they came. Within a
   * millisecond, for which virtual time stands still, the loop's steps are counted instead.
   */
  #nanoseconds(): bigint {
    this.#count = (this.#count + 1) % PER_STEP;
    const part = (this.#loop.steps % (NANOS_PER_MS / PER_STEP)) * PER_STEP + this.#count;
    return BigInt(Math.floor(this.#loop.nowMs())) * BigInt(NANOS_PER_MS) + BigInt(part);
  }

  #countUp(intent: EventIntent, key: string, recorded: Recorded, onAnswer: (answer: Answer) => void): void {
    recorded.count++;
    recorded.lastMs = this.#loop.nowMs();
    this.#remember(key, recorded);
    const body = { count: recorded.count, lastTimestamp: timestamp(recorded.lastMs) };
    const { name, namespace } = recorded;
    this.#client.send({ verb: "patch", kind: Event, name, namespace, patch: { type: "merge", body } }, (answer) => {
      if (!answer.ok && answer.status.reason === "NotFound") this.#create(intent, key, onAnswer);
      else onAnswer(answer);
    });
  }

  #remember(key: string, recorded: Recorded): void {
    this.#recorded.delete(key);
    this.#recorded.set(key, recorded);
    if (this.#recorded.size <= REMEMBERED_MAX) return;
    for (const oldest of this.#recorded.keys()) {
      this.#recorded.delete(oldest);
      return;
    }
  }
}

function correlationKey({ regarding, eventType, reason, message }: EventIntent): string {
  return [regarding.kind, objectKey(regarding.metadata), regarding.metadata.uid, eventType, reason, message].join("\n");
}

function eventOf(
  intent: EventIntent,
  how: { name: string; namespace: string; time: string; component: string; host: string | undefined },
): Event {
  const { metadata, apiVersion, kind } = intent.regarding;
  const { namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: how.name, namespace: how.namespace },
    involvedObject: {
      apiVersion,
      kind,
      name: metadata.name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    reason: intent.reason,
    message: intent.message,
    source: how.host === undefined ? { component: how.component } : { component: how.component, host: how.host },
    firstTimestamp: how.time,
    lastTimestamp: how.time,
    count: 1,
    type: intent.eventType,
    eventTime: null,
    reportingComponent: how.component,
    reportingInstance: how.host ?? "",
  };
}
