import {
  type FieldError,
  failure,
  formatFieldError,
  type Kind,
  type KubeObject,
  StatusError,
  type Unstructured,
} from "../../apimachinery/index.ts";
import type { AdmissionPlugin, AdmissionRequest, ClusterState } from "../../apiserver/index.ts";

/** What a webhook of Karmada's is: the kinds it is called for, and its two halves. */
export type Webhook<T extends KubeObject> = {
  /** The webhook's name, which denials name. */
  readonly name: string;
  readonly kinds: readonly Kind<T>[];
  /** Fills in on create and update. */
  readonly mutate?: (object: T, request: AdmissionRequest, state: ClusterState) => T;
  /** What is wrong: findings, or one text of its own. */
  readonly validate?: (object: T, request: AdmissionRequest, state: ClusterState) => readonly FieldError[] | string;
};

/** The mutating half of a webhook as an admission step. */
export function mutating<T extends KubeObject>({ name, kinds, mutate }: Webhook<T>): AdmissionPlugin {
  return {
    name,
    handles: (kind) => mutate !== undefined && isAmong(kind, kinds),
    admit: (request, state) => {
      const object = objectOf<T>(request);
      if (object === undefined || mutate === undefined) return request.object;
      return decoding(name, () => mutate(object, request, state) as T & Unstructured);
    },
  };
}

/** The validating half of a webhook as an admission step. */
export function validating<T extends KubeObject>({ name, kinds, validate }: Webhook<T>): AdmissionPlugin {
  return {
    name,
    handles: (kind) => validate !== undefined && isAmong(kind, kinds),
    admit: (request, state) => {
      const object = objectOf<T>(request);
      // An object on its way out only sheds finalizers.
      if (object === undefined || validate === undefined || object.metadata.deletionTimestamp !== undefined)
        return request.object;
      const found = decoding(name, () => validate(object, request, state));
      const message = typeof found === "string" ? found : aggregate(found);
      if (message !== "") throw denial(name, message);
      return request.object;
    },
  };
}

/** Webhooks are called before the schema is checked: what upstream's could not decode is a 400 there, and here. */
function decoding<T>(webhook: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new StatusError(
      failure("BadRequest", `admission webhook "${webhook}" denied the request: cannot decode: ${error.message}`),
    );
  }
}

/** The 403 of a webhook that says no. */
export function denial(webhook: string, message: string): StatusError {
  return new StatusError(failure("Forbidden", `admission webhook "${webhook}" denied the request: ${message}`));
}

/** Whether a kind is one of `kinds`, by group and kind: webhooks match every version. */
function isAmong(kind: Kind<KubeObject>, kinds: readonly Kind<KubeObject>[]): boolean {
  return kinds.some((known) => known.kind === kind.kind && known.group === kind.group);
}

/**
 * The object in a create or update of the resource itself. It is of the plugin's kind, which `handles` saw to. One without
 * content is left to the schema, which refuses it in Kubernetes' words.
 */
function objectOf<T extends KubeObject>({ object, subresource }: AdmissionRequest): T | undefined {
  if (subresource !== undefined || (object?.spec === undefined && object?.webhooks === undefined)) return undefined;
  return object as KubeObject as T;
}

/** `field.ErrorList.ToAggregate().Error()`. */
function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(formatFieldError))];
  return texts.length > 1 ? `[${texts.join(", ")}]` : (texts[0] ?? "");
}
