/** Why nothing was scheduled: the reasons of a binding's `Scheduled` condition. */
export type FailureReason = "NoClusterFit" | "Unschedulable" | "SchedulerError";

/** A step of scheduling, or why it could not be made. */
export type Step<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: FailureReason; readonly message: string };

export function done<T>(value: T): Step<T> {
  return { ok: true, value };
}

export function failed(reason: FailureReason, message: string): Step<never> {
  return { ok: false, reason, message };
}

/** Puts `context` before a failure's message, as Go's `%w` does. */
export function within<T>(context: string, step: Step<T>): Step<T> {
  return step.ok ? step : { ...step, message: `${context}: ${step.message}` };
}
