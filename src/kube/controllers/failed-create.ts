import type { KubeObject } from "../../apimachinery/index.ts";
import type { Intent, Outcome } from "../../controller/index.ts";

/** What the API server said when it refused to create a pod, and the event that tells; `undefined` when it refused none. */
export function failedCreate(
  owner: KubeObject,
  outcomes: readonly Outcome[],
): { readonly message: string; readonly event: Intent } | undefined {
  for (const { intent, answer } of outcomes) {
    if (intent.type !== "create" || answer === "skipped" || answer.ok) continue;
    if (answer.status.reason === "AlreadyExists") continue;
    const message = withoutSuffix(answer.status.message ?? "", intent.object.metadata);
    const event: Intent = {
      type: "event",
      regarding: owner,
      eventType: "Warning",
      reason: "FailedCreate",
      message: `Error creating: ${message}`,
    };
    return { message, event };
  }
  return undefined;
}

/** Upstream's refusals name a pod by its prefix alone; and a text that changes with every attempt would be news every time. */
function withoutSuffix(message: string, { name, generateName }: KubeObject["metadata"]): string {
  return generateName === undefined ? message : message.replaceAll(JSON.stringify(name), JSON.stringify(generateName));
}
