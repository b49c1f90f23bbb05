import type { KubeObject } from "../../apimachinery/index.ts";
import type { Intent } from "../../controller/index.ts";

/** What a controller that mends tells of what it found wrong: a warning on the object. */
export function complaint(regarding: KubeObject, reason: string, message: string): Intent {
  return { type: "event", regarding, eventType: "Warning", reason, message };
}
