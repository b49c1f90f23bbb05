import type { AggregatedStatusItem, LabelSelector, ReplicaRequirements, ResourceHealth } from "../../api/index.ts";
import type { Unstructured } from "../../apimachinery/index.ts";

/** configv1alpha1.DependentObjectReference: an object, or all objects of a kind a selector matches, another object needs. */
export type DependentObjectReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly labelSelector?: LabelSelector;
};

/** What a template asks for: how many replicas, and what each of them needs. */
export type Replicas = {
  readonly replicas: number;
  readonly requirements?: ReplicaRequirements;
};

/**
 * What is known about kinds: Karmada's resource interpreter. Every function is pure, and returns its argument (or
 * `undefined`) for a kind it knows nothing particular about. A function may throw an {@link InterpreterError} when a
 * user's customization fails; the native interpreter never does.
 */
export interface Interpreter {
  /** GetReplicas; `undefined`: the kind has no replicas. */
  replicas(template: Unstructured): Replicas | undefined;
  /** ReviseReplica; the template itself when the kind has no replicas. */
  reviseReplica(template: Unstructured, replicas: number): Unstructured;
  /** Retain: `desired` with what the member's object must keep. `resourceVersion`, finalizers and the like are the caller's. */
  retain(desired: Unstructured, observed: Unstructured): Unstructured;
  /** AggregateStatus: the template with its status computed; the template itself when nothing changes or the kind has no rule. */
  aggregateStatus(template: Unstructured, items: readonly AggregatedStatusItem[]): Unstructured;
  /** ReflectStatus: what of a member's object goes into `Work.status`; `undefined`: nothing. */
  reflectStatus(object: Unstructured): unknown;
  /** InterpretHealth; `Healthy` for a kind without a rule, as upstream's work-status controller has it. */
  health(object: Unstructured): ResourceHealth;
  /** GetDependencies. */
  dependencies(object: Unstructured): readonly DependentObjectReference[];
}

/** One kind's rules; a missing one means the default named in {@link Interpreter}. */
export type KindRules = {
  readonly replicas?: (template: Unstructured) => Replicas;
  readonly reviseReplica?: (template: Unstructured, replicas: number) => Unstructured;
  readonly retain?: (desired: Unstructured, observed: Unstructured) => Unstructured;
  readonly aggregateStatus?: (template: Unstructured, items: readonly AggregatedStatusItem[]) => Unstructured;
  readonly reflectStatus?: (object: Unstructured) => unknown;
  readonly health?: (object: Unstructured) => ResourceHealth;
  readonly dependencies?: (object: Unstructured) => readonly DependentObjectReference[];
};

/** A failing customization; becomes a condition or an event, never a crash. */
export class InterpreterError extends Error {
  override readonly name = "InterpreterError";
}

/** What an operation of an interpreter comes to, a failing customization being an answer too. */
export function interpreted<T>(
  operation: () => T,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: operation() };
  } catch (error) {
    if (error instanceof InterpreterError) return { ok: false, message: error.message };
    throw error;
  }
}
