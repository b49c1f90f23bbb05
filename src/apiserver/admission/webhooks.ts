import {
  applyJsonPatch,
  goJsonType,
  StatusError,
  statusErrors,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
import { deepEqual, isRecord } from "../../std/index.ts";
import { internalType, otherKind, shapeBody } from "../body.ts";
import type { Call } from "../core.ts";
import { jsonSyntaxError } from "../http/json-syntax.ts";
import { ask, type Question, readReply } from "../outside-call.ts";
import type { Resource } from "../resource.ts";
import { applyDefaults } from "../validation.ts";
import { type ReviewResponse, readReview, reviewOf, reviewVersion, undecodableReview } from "./admission-review.ts";
import type { Attributes } from "./attributes.ts";
import { targetOf, type WebhookReply } from "./webhook-caller.ts";
import { deniedBy, failedCalling, noDryRun } from "./webhook-errors.ts";
import { type Hook, type Invocation, invocationOf } from "./webhook-match.ts";

const DEFAULT_TIMEOUT_SECONDS = 10;

/** A webhook's question, and what is needed to read the answer. */
type Asked = {
  readonly invocation: Invocation;
  readonly question: Question;
  readonly version: string;
  readonly uid: string;
};

/**
 * Asks mutating webhooks one after the other, each about what the one before it made. Those that want it are asked again when
 * others changed the object after them; `rework` lets the server's own plugins have another look then
 * (`webhook/mutating/dispatcher.go`).
 */
export function mutateByWebhooks(
  call: Call,
  attributes: Attributes,
  hooks: readonly Hook[],
  rework: (object: Unstructured | undefined) => Unstructured | undefined,
): Unstructured | undefined {
  const first = mutationRound(call, attributes, hooks, 0);
  if (!first.changed) return first.object;
  const reworked = rework(first.object);
  const isReworked = reworked !== first.object && !deepEqual(reworked, first.object);
  const again = isReworked ? first.repeatable : first.again;
  if (again.length === 0) return reworked;
  return mutationRound(call, withObject(attributes, reworked), again, 1).object;
}

type Round = {
  readonly object: Unstructured | undefined;
  readonly changed: boolean;
  /** Hooks that may be asked again, and those the rest of the round gave reason to. */
  readonly repeatable: readonly Hook[];
  readonly again: readonly Hook[];
};

function mutationRound(call: Call, attributes: Attributes, hooks: readonly Hook[], round: number): Round {
  let present = attributes;
  let changed = false;
  const repeatable: Hook[] = [];
  const again = new Set<Hook>();
  for (const hook of hooks) {
    const invocation = invocationOf(hook, present, call.core);
    if (invocation === undefined) continue;
    const mutated = mutation(call, present, invocation, round);
    if (mutated !== undefined) {
      present = withObject(present, mutated);
      changed = true;
      for (const earlier of repeatable) again.add(earlier);
    }
    if (hook.webhook.reinvocationPolicy === "IfNeeded") repeatable.push(hook);
  }
  return { object: present.object, changed, repeatable, again: repeatable.filter((hook) => again.has(hook)) };
}

function withObject(attributes: Attributes, object: Unstructured | undefined): Attributes {
  return { ...attributes, object };
}

/** The object as one webhook wants it; `undefined` when it leaves it alone. */
function mutation(call: Call, attributes: Attributes, invocation: Invocation, round: number): Unstructured | undefined {
  const { name, failurePolicy } = invocation.hook.webhook;
  const asked = questionOf(call, attributes, invocation, round);
  const [reply] = ask(call, [asked.question]);
  const response = responseOf(asked, reply as WebhookReply, true);
  if (typeof response === "string") {
    if (failurePolicy === "Ignore") return undefined;
    throw failedCalling(name, response);
  }
  call.warnings?.push(...response.warnings);
  if (!response.allowed) throw deniedBy(name, response.result);
  return patched(call, attributes, invocation, response);
}

function patched(
  call: Call,
  attributes: Attributes,
  { hook, target, object }: Invocation,
  { patch, patchType }: ReviewResponse,
): Unstructured | undefined {
  const { name, failurePolicy } = hook.webhook;
  const operations = patch === "" ? [] : parsedPatch(patch);
  if (typeof operations === "string") {
    if (failurePolicy === "Ignore") return undefined;
    throw failedCalling(name, `received undecodable patch in webhook response: ${operations}`);
  }
  if (operations.length === 0) return undefined;
  if (object === undefined)
    throw statusErrors.internal(
      `admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`,
    );
  if (patchType !== "JSONPatch") {
    if (failurePolicy === "Ignore") return undefined;
    throw failedCalling(name, `unsupported patch type ${JSON.stringify(patchType ?? "")}`);
  }
  const { resource, subresource, kind } = attributes;
  const document = patchedDocument(object, operations);
  const result = kind.kind === resource.kind.kind ? decoded(call, target, document) : document;
  const own = target === resource ? result : resource.present(target.toStorage(result, call.journal));
  // Subresources with objects of their own have no defaults.
  const complete = subresource === "" || subresource === "status" ? applyDefaults(call, own) : own;
  return deepEqual(complete, attributes.object) ? undefined : complete;
}

/** The operations of a patch; a text says why there are none. */
function parsedPatch(patch: string): readonly unknown[] | string {
  const wrong = jsonSyntaxError(patch);
  if (wrong !== undefined) return wrong;
  const operations: unknown = JSON.parse(patch);
  if (Array.isArray(operations)) return operations;
  return `json: cannot unmarshal ${goJsonType(operations)} into Go value of type jsonpatch.Patch`;
}

function patchedDocument(object: Unstructured, operations: readonly unknown[]): Unstructured {
  let result: unknown;
  try {
    result = applyJsonPatch(object, operations);
  } catch (error) {
    if (error instanceof StatusError) throw statusErrors.internal(String(error.cause ?? error.message));
    throw error;
  }
  if (!isRecord(result)) throw statusErrors.internal("replace operation value must be object or array: %!w(<nil>)");
  // Options of connections have no metadata.
  const isWhole = object.metadata === undefined || isRecord(result.metadata);
  return unstructured((isWhole ? result : { ...result, metadata: {} }) as Unstructured);
}

/** What a patch came to, as the resource's own decoder reads it: what it does not know is dropped. */
function decoded(call: Call, target: Resource, document: Unstructured): Unstructured {
  if (document.apiVersion !== target.apiVersion || document.kind !== target.kind.kind)
    throw statusErrors.internal(otherKind(call, document, internalType(target)));
  const { request, options } = call;
  const lenient = { ...options, fieldValidation: "Ignore" } as const;
  const read = { ...call, resource: target, options: lenient, request: { ...request, strictErrors: [] } };
  return shapeBody(read, document, [], statusErrors.internal);
}

/** Asks validating webhooks all at once; the first refusal, in order, is the answer (`webhook/validating/dispatcher.go`). */
export function validateByWebhooks(call: Call, attributes: Attributes, hooks: readonly Hook[]): void {
  const asked = hooks
    .map((hook) => invocationOf(hook, attributes, call.core))
    .filter((invocation) => invocation !== undefined)
    .map((invocation) => questionOf(call, attributes, invocation, 0));
  if (asked.length === 0) return;
  const replies = ask(
    call,
    asked.map(({ question }) => question),
  );
  let refusal: StatusError | undefined;
  for (const [index, one] of asked.entries()) {
    const { name, failurePolicy } = one.invocation.hook.webhook;
    const response = responseOf(one, replies[index] as WebhookReply, false);
    if (typeof response === "string") {
      if (failurePolicy !== "Ignore") refusal ??= failedCalling(name, response);
      continue;
    }
    call.warnings?.push(...response.warnings);
    if (!response.allowed) refusal ??= deniedBy(name, response.result);
  }
  if (refusal !== undefined) throw refusal;
}

function questionOf(call: Call, attributes: Attributes, invocation: Invocation, round: number): Asked {
  const { webhook, uid: hook } = invocation.hook;
  const { name, sideEffects, admissionReviewVersions, clientConfig, timeoutSeconds } = webhook;
  if (attributes.dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun") throw noDryRun(name);
  const version = reviewVersion(admissionReviewVersions);
  if (version === undefined)
    throw failedCalling(
      name,
      "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)",
    );
  const { target, object, oldObject } = invocation;
  const { core, journal } = call;
  const review = (uid: string): Readonly<Record<string, unknown>> =>
    reviewOf(attributes, target, { version, uid, object, oldObject });
  // The same question of a later attempt has the same answer; one about another object is a new question.
  const key = `webhook/${hook}/${round}/${journal === undefined ? "" : JSON.stringify(review(""))}`;
  const uid = journal?.uid(key) ?? "";
  const request = {
    cluster: core.cluster,
    hook: name,
    ...targetOf(clientConfig),
    timeoutSeconds: timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    body: review(uid),
  };
  return { invocation, question: { key, request }, version, uid };
}

/** What a webhook said, or why it said nothing that counts. */
function responseOf(
  { question, version, uid }: Asked,
  reply: WebhookReply,
  mutating: boolean,
): ReviewResponse | string {
  const read = readReply(question.request, reply);
  if ("error" in read) return `failed to call webhook: ${read.error}`;
  const undecodable = undecodableReview(read.value, version);
  if (undecodable !== undefined) return `failed to call webhook: ${undecodable}`;
  const response = readReview(read.value, { version, uid, mutating });
  return typeof response === "string" ? `received invalid webhook response: ${response}` : response;
}
