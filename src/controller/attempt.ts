import { type KubeObject, kindKey, objectKey } from "../apimachinery/index.ts";
import { applyIntents, type Execution, type Failure } from "./apply-intents.ts";
import type { AnyDefinition, Key, Snapshot } from "./definition.ts";
import { type Intent, NOTHING, type Outcome, type Plan } from "./plan.ts";
import type { Missing, ReadLog } from "./read-log.ts";

/** How one look at a key ended. `parked`: something it read is about to come, and nothing was done. */
export type AttemptResult =
  | { readonly parked: true; readonly missing: readonly Missing[] }
  | {
      readonly parked: false;
      readonly missing: readonly Missing[];
      readonly requeue: Plan;
      readonly failures: readonly Failure[];
    };

export type AttemptContext = {
  readonly definition: AnyDefinition;
  readonly snapshot: Snapshot<Key["kind"], Key["kind"]>;
  readonly log: ReadLog;
  readonly execution: Execution;
  /** The primary object as cached at present. */
  readonly current: (key: Key) => KubeObject | undefined;
  readonly onPlan: ((key: Key, plan: Plan) => void) | undefined;
};

/** Looks at one key once: finalizer, reconcile, the plan carried out, conclude. */
export function attempt(key: Key, context: AttemptContext, onDone: (result: AttemptResult) => void): void {
  const { definition, snapshot } = context;
  const object = context.current(key);
  const finalizer = definition.finalizer;
  if (object === undefined) carryOut(key, context, () => definition.absent?.(key, snapshot) ?? NOTHING, onDone);
  else if (finalizer === undefined) reconcile(key, object, context, onDone);
  else if (object.metadata.deletionTimestamp !== undefined) finalize(key, object, context, onDone);
  else if (object.metadata.finalizers?.includes(finalizer.name)) reconcile(key, object, context, onDone);
  else addFinalizer(key, object, context, onDone);
}

type OnDone = (result: AttemptResult) => void;

function addFinalizer(key: Key, object: KubeObject, context: AttemptContext, onDone: OnDone): void {
  const name = context.definition.finalizer?.name as string;
  const intent = withFinalizers(key, object, [...(object.metadata.finalizers ?? []), name]);
  applyIntents([intent], context.execution, (outcomes, failures) => {
    const answer = outcomes[0]?.answer;
    if (answer !== undefined && answer !== "skipped" && answer.ok) reconcile(key, answer.object, context, onDone);
    else onDone({ parked: false, missing: [], requeue: NOTHING, failures });
  });
}

function finalize(key: Key, object: KubeObject, context: AttemptContext, onDone: OnDone): void {
  const finalizer = context.definition.finalizer as NonNullable<AnyDefinition["finalizer"]>;
  const held = object.metadata.finalizers ?? [];
  carryOut(
    key,
    context,
    () => {
      if (!held.includes(finalizer.name)) return NOTHING;
      const decision = finalizer.finalize(object as never, context.snapshot);
      if (decision !== "done") return decision;
      const rest = held.filter((name) => name !== finalizer.name);
      return { intents: [withFinalizers(key, object, rest)] };
    },
    onDone,
  );
}

function reconcile(key: Key, object: KubeObject, context: AttemptContext, onDone: OnDone): void {
  const { definition, snapshot } = context;
  const { conclude } = definition;
  const decideOn = (): Plan => definition.reconcile(object as never, snapshot);
  if (conclude === undefined) {
    carryOut(key, context, decideOn, onDone);
    return;
  }
  carryOut(key, context, decideOn, (result, outcomes) => {
    if (result.parked) {
      onDone(result);
      return;
    }
    const now = context.current(key) ?? object;
    const further = decide(key, context, () => conclude(now as never, outcomes, snapshot));
    const missing = [...result.missing, ...context.log.take()];
    applyIntents(further.intents, context.execution, (_outcomes, failures) => {
      const requeue = sooner(result.requeue, further);
      onDone({ parked: false, missing, requeue, failures: [...result.failures, ...failures] });
    });
  });
}

/** Decides, and does what was decided; unless something that was read is about to come. */
function carryOut(
  key: Key,
  context: AttemptContext,
  decideOn: () => Plan,
  onDone: (result: AttemptResult, outcomes: readonly Outcome[]) => void,
): void {
  const plan = decide(key, context, decideOn);
  const missing = context.log.take();
  if (missing.length > 0 && missing.some(({ pending }) => pending)) {
    onDone({ parked: true, missing }, []);
    return;
  }
  if (plan.intents.length === 0) {
    onDone({ parked: false, missing, requeue: plan, failures: [] }, []);
    return;
  }
  applyIntents(plan.intents, context.execution, (outcomes, failures) => {
    onDone({ parked: false, missing, requeue: plan, failures }, outcomes);
  });
}

/** A controller that throws has a bug: the run ends, naming it. */
function decide(key: Key, context: AttemptContext, decideOn: () => Plan): Plan {
  try {
    const plan = decideOn();
    context.onPlan?.(key, plan);
    return plan;
  } catch (cause) {
    const subject = `${kindKey(key.kind)} ${objectKey(key)}`;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`controller ${context.definition.name} failed at ${subject}: ${message}`, { cause });
  }
}

function withFinalizers(key: Key, object: KubeObject, finalizers: readonly string[]): Intent {
  const { finalizers: _held, ...metadata } = object.metadata;
  const changed = finalizers.length === 0 ? metadata : { ...metadata, finalizers };
  return { type: "update", kind: key.kind, object: { ...object, metadata: changed } };
}

function sooner(left: Plan, right: Plan): Plan {
  return (right.requeueAfterMs ?? Infinity) < (left.requeueAfterMs ?? Infinity) ? right : left;
}
