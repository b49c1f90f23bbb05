import { failure, type KubeObject, objectKey, type Status, unstructured } from "../apimachinery/index.ts";
import type { Answer, ApiRequest } from "../apiserver/index.ts";
import type { ClusterClient, EventRecorder, InformerFactory } from "../client/index.ts";
import { assert, deepEqual } from "../std/index.ts";
import { addressOf, type ObjectIntent, requestOf, writesStatus } from "./intent-request.ts";
import type { Intent, Outcome } from "./plan.ts";

/** One cluster as intents are applied to it. */
export type IntentTarget = {
  readonly client: ClusterClient;
  readonly caches: InformerFactory;
  readonly recorder: EventRecorder;
};

export type Execution = {
  readonly controller: string;
  /** The cluster an intent names (absent: home); `undefined` when no such member is joined. */
  readonly target: (at: string | undefined) => IntentTarget | undefined;
  /** The controller is no longer to act: it was stopped, or leads no more. What is under way is left undone. */
  readonly stopped: () => boolean;
};

/**
 * Why a plan was not carried out, and whether to try again: soon, in the background only (someone else must act first, and
 * nothing tells when), or never (the same request will always be refused).
 */
export type Failure = {
  readonly intent: Intent;
  readonly status: Status;
  readonly retry: "backoff" | "background" | "never";
};

/** Answers that depend on the request alone. */
const TERMINAL: ReadonlySet<string | undefined> = new Set([
  "Invalid",
  "BadRequest",
  "MethodNotAllowed",
  "NotAcceptable",
  "RequestEntityTooLarge",
  "UnsupportedMediaType",
]);

/**
 * Applies intents in order and tells what became of them, at once unless a cluster takes its time. Writes that would change
 * nothing are dropped. A failure stops what follows, except what is addressed to another member: members do not wait for
 * one another, while home's record of what was done to them does. Answers are written through to the caches.
 */
export function applyIntents(
  intents: readonly Intent[],
  execution: Execution,
  onDone: (outcomes: readonly Outcome[], failures: readonly Failure[]) => void,
): void {
  assertOneSide(intents, execution.controller);
  const outcomes: Outcome[] = [];
  const failures: Failure[] = [];
  const blocked = new Set<string | undefined>();
  // A loop rather than recursion: most answers come before `apply` returns.
  const proceed = (): void => {
    while (outcomes.length < intents.length) {
      const intent = intents[outcomes.length] as Intent;
      let waiting: boolean | undefined;
      const settle = (answer: Outcome["answer"]): void => {
        outcomes.push({ intent, answer });
        const failed = failureOf(intent, answer);
        if (failed !== undefined) {
          failures.push(failed);
          blocked.add(intent.at);
        }
        if (waiting === true) proceed();
        waiting = false;
      };
      if (execution.stopped() || isBlocked(intent, blocked)) settle("skipped");
      else applyIntent(intent, execution, settle);
      if (waiting === undefined) {
        waiting = true;
        return;
      }
    }
    onDone(outcomes, failures);
  };
  proceed();
}

function isBlocked(intent: Intent, blocked: ReadonlySet<string | undefined>): boolean {
  if (blocked.size === 0) return false;
  return intent.at === undefined || blocked.has(undefined) || blocked.has(intent.at);
}

function applyIntent(intent: Intent, execution: Execution, onAnswer: (answer: Outcome["answer"]) => void): void {
  const target = execution.target(intent.at);
  if (target === undefined) {
    onAnswer({ ok: false, status: failure("ServiceUnavailable", `no member cluster ${intent.at} is joined`) });
    return;
  }
  if (intent.type === "event") {
    target.recorder.record(intent, onAnswer);
    return;
  }
  if (changesNothing(intent, target.caches)) {
    onAnswer("skipped");
    return;
  }
  const request = requestOf(intent, execution.controller);
  target.client.send(request, (answer) => {
    if (answer.ok) writeThrough(request, answer.object, target.caches);
    onAnswer(answer);
  });
}

function changesNothing(intent: ObjectIntent, caches: InformerFactory): boolean {
  if (intent.type !== "update" && intent.type !== "updateStatus") return false;
  if (intent.before !== undefined && deepEqual(intent.object, intent.before)) return true;
  const { name, namespace } = intent.object.metadata;
  const cached = caches.peek(intent.kind)?.get(name, namespace);
  return cached !== undefined && deepEqual(intent.object, cached);
}

/** The writer reads its own writes. */
function writeThrough(request: ApiRequest, object: KubeObject, caches: InformerFactory): void {
  const informer = caches.peek(request.kind);
  if (informer === undefined || (request.subresource !== undefined && request.subresource !== "status")) return;
  if (object.kind !== "Status") {
    informer.observe(object);
    return;
  }
  const { uid } = (unstructured(object).details ?? {}) as { readonly uid?: string };
  if (request.verb === "delete" && request.name !== undefined && uid !== undefined)
    informer.observeDeletion({ name: request.name, namespace: request.namespace, uid });
}

function failureOf(intent: Intent, answer: Answer | "skipped"): Failure | undefined {
  if (answer === "skipped" || answer.ok || intent.type === "event") return undefined;
  const { status } = answer;
  if (intent.type === "delete" && status.reason === "NotFound") return undefined;
  if (TERMINAL.has(status.reason)) return { intent, status, retry: "never" };
  // Quota and permissions are other people's to change; upstream controllers keep trying, and so do we, quietly.
  const quietly = status.reason === "Forbidden" || status.reason === "Unauthorized";
  return { intent, status, retry: quietly ? "background" : "backoff" };
}

/** A write of the spec makes the resourceVersion a status was computed at stale (and the other way round). */
function assertOneSide(intents: readonly Intent[], controller: string): void {
  if (intents.length < 2) return;
  const sides = new Map<string, boolean>();
  for (const intent of intents) {
    const status = writesStatus(intent);
    if (status === undefined || intent.type === "event") continue;
    const { name, namespace } = addressOf(intent);
    const address = `${intent.at ?? ""} ${intent.kind.kind}.${intent.kind.group} ${objectKey({ name, namespace })}`;
    const before = sides.get(address);
    assert(
      before === undefined || before === status,
      `a plan of controller ${controller} must not touch spec and status of ${address.trim()} at once`,
    );
    sides.set(address, status);
  }
}
