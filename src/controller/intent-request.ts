import type { ApiRequest } from "../apiserver/index.ts";
import type { Intent } from "./plan.ts";

/** An intent that is a request about an object. */
export type ObjectIntent = Exclude<Intent, { readonly type: "event" }>;

/** The request an intent stands for, in the controller's name. */
export function requestOf(intent: ObjectIntent, fieldManager: string): ApiRequest {
  const { kind } = intent;
  const { name, namespace } = addressOf(intent);
  const scope = namespace === undefined ? { kind } : { kind, namespace };
  const options = { fieldManager };
  switch (intent.type) {
    case "create":
      return { verb: "create", ...scope, object: intent.object, options };
    case "update": {
      const request = { verb: "update", ...scope, name, object: intent.object, options } as const;
      return intent.subresource === undefined ? request : { ...request, subresource: intent.subresource };
    }
    case "updateStatus":
      return { verb: "update", ...scope, name, subresource: "status", object: intent.object, options };
    case "patch": {
      const patch = { type: intent.patchType, body: intent.body };
      const request = { verb: "patch", ...scope, name, patch, options } as const;
      return intent.subresource === undefined ? request : { ...request, subresource: intent.subresource };
    }
    case "delete":
      return { verb: "delete", ...scope, name, options: deleteOptions(intent) };
    case "post":
      return { verb: "create", ...scope, name, subresource: intent.subresource, object: intent.object, options };
  }
}

/** The object an intent is about. */
export function addressOf(intent: ObjectIntent): { readonly name: string; readonly namespace: string | undefined } {
  const named = "object" in intent && intent.type !== "post" ? intent.object.metadata : intent;
  const { name, namespace } = named as { readonly name: string; readonly namespace?: string };
  return { name, namespace };
}

/** True for a write of the status, false for one of all else, `undefined` for intents that are neither. */
export function writesStatus(intent: Intent): boolean | undefined {
  switch (intent.type) {
    case "update":
      return false;
    case "updateStatus":
      return true;
    case "patch":
      return intent.subresource === undefined ? false : intent.subresource === "status" ? true : undefined;
    default:
      return undefined;
  }
}

function deleteOptions(intent: Extract<Intent, { readonly type: "delete" }>): NonNullable<ApiRequest["options"]> {
  const { uid, propagationPolicy, gracePeriodSeconds } = intent;
  return {
    ...(uid === undefined ? {} : { preconditions: { uid } }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  };
}
