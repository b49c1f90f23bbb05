import { HorizontalPodAutoscaler } from "../../api/index.ts";
import { setCondition } from "../../apimachinery/index.ts";
import type { Intent, Outcome } from "../../controller/index.ts";
import { updateStatus } from "../controllers/status-update.ts";

export const RESCALED = "SuccessfulRescale";

/**
 * What is said in place of a look's words where the scale it asked for was refused; `undefined` where it was not. The look's
 * events and status come after the scale, and so were skipped.
 */
export function refusedScale(
  autoscaler: HorizontalPodAutoscaler,
  outcomes: readonly Outcome[],
  nowMs: number,
): readonly Intent[] | undefined {
  const [asked, ...rest] = outcomes;
  if (asked?.intent.type !== "update" || asked.answer === "skipped" || asked.answer.ok) return undefined;
  const error = asked.answer.status.message ?? "";
  return rest.flatMap(({ intent }): readonly Intent[] => {
    if (intent.type === "event") return [intent.reason === RESCALED ? failedRescale(intent, error) : intent];
    if (intent.type !== "updateStatus") return [intent];
    const { status } = intent.object as HorizontalPodAutoscaler;
    const { lastScaleTime, desiredReplicas = 0 } = autoscaler.status ?? {};
    const { lastScaleTime: _, ...looked } = status ?? { desiredReplicas };
    const message = `the HPA controller was unable to update the target scale: ${error}`;
    const condition = { type: "AbleToScale", status: "False", reason: "FailedUpdateScale", message } as const;
    return updateStatus(HorizontalPodAutoscaler, autoscaler, {
      ...looked,
      desiredReplicas,
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      conditions: setCondition(looked.conditions, condition, nowMs),
    });
  });
}

function failedRescale(told: Extract<Intent, { readonly type: "event" }>, error: string): Intent {
  return { ...told, eventType: "Warning", reason: "FailedRescale", message: `${told.message}; error: ${error}` };
}
