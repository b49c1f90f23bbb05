import { goDecodingError, type JsonSchema } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { Resource } from "../resource.ts";
import type { Attributes } from "./attributes.ts";
import { requestFields } from "./expression-variables.ts";

/** What a webhook decided. */
export type ReviewResponse = {
  readonly allowed: boolean;
  readonly result: Readonly<Record<string, unknown>> | undefined;
  /** The operations of a JSON patch; empty for none. */
  readonly patch: string;
  readonly patchType: string | undefined;
  readonly warnings: readonly string[];
};

const VERSIONS = ["v1", "v1beta1"];
const GROUP = "admission.k8s.io";
const SCHEME = "k8s.io/apiserver/pkg/util/webhook/client.go:71";
const TEXT: JsonSchema = { type: "string" };

/** What an answered AdmissionReview is made of. */
const ANSWER: JsonSchema = {
  type: "object",
  "x-go-type": "v1.AdmissionReview",
  properties: {
    response: {
      type: "object",
      "x-go-type": "v1.AdmissionResponse",
      properties: {
        uid: { type: "string", "x-go-type": "types.UID" },
        allowed: { type: "boolean" },
        status: { type: "object", "x-go-type": "v1.Status" },
        patch: { type: "string", format: "byte" },
        patchType: { type: "string", "x-go-type": "v1.PatchType" },
        auditAnnotations: { type: "object", additionalProperties: TEXT },
        warnings: { type: "array", items: TEXT },
      },
    },
  },
};

/** The first version of reviews a webhook takes that is known here. */
export function reviewVersion(accepted: readonly string[]): string | undefined {
  return accepted.find((version) => VERSIONS.includes(version));
}

/** An AdmissionReview that asks about a write, in the version of the resource the webhook's rules speak of. */
export function reviewOf(
  attributes: Attributes,
  target: Resource,
  what: { readonly version: string; readonly uid: string; readonly object: unknown; readonly oldObject: unknown },
): Readonly<Record<string, unknown>> {
  const { version, uid, object, oldObject } = what;
  const { name, namespace, ...fields } = requestFields(attributes, target);
  return {
    kind: "AdmissionReview",
    apiVersion: `${GROUP}/${version}`,
    request: {
      uid,
      ...fields,
      ...(name === "" ? {} : { name }),
      ...(namespace === "" ? {} : { namespace }),
      object: object ?? null,
      oldObject: oldObject ?? null,
    },
  };
}

/** Why an answer cannot be decoded as the AdmissionReview it is to be; `undefined` when it can. */
export function undecodableReview(review: Readonly<Record<string, unknown>>, version: string): string | undefined {
  const { apiVersion = "", kind = "" } = review;
  const known = VERSIONS.find((one) => apiVersion === `${GROUP}/${one}` && kind === "AdmissionReview");
  if (known === undefined && apiVersion !== "" && kind !== "")
    return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme ${JSON.stringify(SCHEME)}`;
  if (known !== undefined && known !== version)
    return `converting (${known}.AdmissionReview) to (${version}.AdmissionReview): unknown conversion`;
  return goDecodingError(ANSWER, review);
}

/** Reads an answered AdmissionReview (`webhook/request.VerifyAdmissionResponse`); a text says what is wrong with it. */
export function readReview(
  review: Readonly<Record<string, unknown>>,
  expected: { readonly version: string; readonly uid: string; readonly mutating: boolean },
): ReviewResponse | string {
  const { response } = review;
  if (!isRecord(response)) return "webhook response was absent";
  const { allowed = false, status, patch = "", patchType, warnings } = response;
  if (expected.version === "v1") {
    if (response.uid !== expected.uid)
      return `expected response.uid=${JSON.stringify(expected.uid)}, got ${JSON.stringify(response.uid ?? "")}`;
    const wrong = wrongKind(review) ?? wrongPatch(patch, patchType, expected.mutating);
    if (wrong !== undefined) return wrong;
  }
  return {
    allowed: allowed === true,
    result: isRecord(status) ? status : undefined,
    patch: typeof patch === "string" ? Buffer.from(patch, "base64").toString() : "",
    patchType: typeof patchType === "string" ? patchType : expected.version === "v1" ? undefined : "JSONPatch",
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
  };
}

function wrongKind({ apiVersion, kind }: Readonly<Record<string, unknown>>): string | undefined {
  if (apiVersion === "admission.k8s.io/v1" && kind === "AdmissionReview") return undefined;
  const got = apiVersion === undefined ? "/, Kind=" : `${String(apiVersion)}, Kind=${String(kind ?? "")}`;
  return `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${got}`;
}

function wrongPatch(patch: unknown, patchType: unknown, mutating: boolean): string | undefined {
  const hasPatch = typeof patch === "string" && patch !== "";
  const hasType = patchType !== undefined && patchType !== null;
  if (!mutating) {
    if (hasPatch) return "validating webhook may not return response.patch";
    return hasType ? "validating webhook may not return response.patchType" : undefined;
  }
  if (hasPatch && !hasType) return "webhook returned response.patch but not response.patchType";
  if (!hasPatch && hasType) return "webhook returned response.patchType but not response.patch";
  return patchType === "" ? 'webhook returned invalid response.patchType of ""' : undefined;
}
