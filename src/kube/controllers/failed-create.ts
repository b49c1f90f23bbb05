import type { KubeObject } from "../../apimachinery/index.ts";
import type { Outcome, Plan } from "../../controller/index.ts";

/** How long a controller waits before it tries again what a quota or an admission step refused. */
const RETRY_MS = 10_000;

/** The first pod the API server refused to create, as an event and a later try; `undefined` when none was refused. */
export function failedCreate(
  owner: KubeObject,
  outcomes: readonly Outcome[],
): { readonly message: string; readonly plan: Plan } | undefined {
  for (const { intent, answer } of outcomes) {
    if (intent.type !== "create" || answer === "skipped" || answer.ok) continue;
    if (answer.status.reason === "AlreadyExists") continue;
    const message = answer.status.message ?? "";
    return {
      message,
      plan: {
        intents: [
          {
            type: "event",
            regarding: owner,
            eventType: "Warning",
            reason: "FailedCreate",
            message: `Error creating: ${message}`,
          },
        ],
        requeueAfterMs: RETRY_MS,
        requeue: "periodic",
      },
    };
  }
  return undefined;
}
