import type { CustomResourceDefinition } from "../../api/index.ts";
import { apiVersionOf, failure, StatusError, type Unstructured, unstructured } from "../../apimachinery/index.ts";
import { isRecord, must } from "../../std/index.ts";
import { targetOf, type WebhookReply, type WebhookRequest } from "../admission/webhook-caller.ts";
import type { ServerCore } from "../core.ts";
import { place, readReply } from "../outside-call.ts";
import { type Journal, Suspended } from "../suspension.ts";

/** Converts objects of one definition between its versions; what it has to ask for suspends the request. */
export interface VersionConverter {
  /** Stored objects as another version shows them. */
  present(stored: readonly Unstructured[], apiVersion: string): readonly Unstructured[];
  /** A new object as it is to be stored. */
  toStorage(object: Unstructured, apiVersion: string, journal: Journal | undefined): Unstructured;
  /** Takes note of how a stored object looks in the version it was written in. */
  remember(stored: Unstructured, presented: Unstructured): void;
}

/** Upstream's time limit for conversion webhooks. */
const TIMEOUT_SECONDS = 30;

/** The converter of a definition with `strategy: Webhook` (`apiserver/conversion/webhook_converter.go`). */
export function webhookConverter(core: ServerCore, definition: CustomResourceDefinition): VersionConverter {
  const known = new WeakMap<Unstructured, Map<string, Unstructured>>();
  const remember = (stored: Unstructured, presented: Unstructured): void => {
    const forms = known.get(stored) ?? new Map<string, Unstructured>();
    known.set(stored, forms.set(presented.apiVersion, presented));
  };
  const formOf = (stored: Unstructured, apiVersion: string): Unstructured | undefined =>
    stored.apiVersion === apiVersion ? stored : known.get(stored)?.get(apiVersion);
  return {
    remember,
    present: (stored, apiVersion) => {
      const missing = stored.filter((object) => formOf(object, apiVersion) === undefined);
      if (missing.length > 0)
        throw suspended(core, definition, { objects: missing, apiVersion }, (converted) => {
          converted.forEach((object, index) => void remember(missing[index] as Unstructured, object));
        });
      return stored.map((object) => must(formOf(object, apiVersion), "a converted object"));
    },
    toStorage: (object, apiVersion, journal) => {
      const key = `conversion/${apiVersion}/${JSON.stringify(object)}`;
      const converted = journal?.kept<Unstructured>(key);
      if (converted !== undefined) return converted;
      throw suspended(core, definition, { objects: [object], apiVersion }, ([stored]) => journal?.keep(key, stored));
    },
  };
}

type Wanted = { readonly objects: readonly Unstructured[]; readonly apiVersion: string };

function suspended(
  core: ServerCore,
  definition: CustomResourceDefinition,
  wanted: Wanted,
  keep: (converted: readonly Unstructured[]) => void,
): Suspended {
  const hook = `conversion_webhook_for_${definition.metadata.name}`;
  return new Suspended(`waiting for webhook ${hook}`, (resume) => {
    const uid = core.state.newUid();
    const request = requestOf(core, definition, wanted, { hook, uid });
    place(core, request, (reply) => {
      const outcome = convertedObjects(request, reply, wanted, uid);
      if (typeof outcome === "string") {
        const { group, names } = definition.spec;
        const [object] = wanted.objects as readonly [Unstructured];
        const version = object.apiVersion.split("/")[1] ?? "";
        const subject = `${apiVersionOf({ group, version })}, Kind=${names.kind}`;
        resume(new StatusError(failure("InternalError", `conversion webhook for ${subject} ${outcome}`)));
        return;
      }
      keep(outcome);
      resume();
    });
  });
}

function requestOf(
  core: ServerCore,
  definition: CustomResourceDefinition,
  { objects, apiVersion }: Wanted,
  { hook, uid }: { readonly hook: string; readonly uid: string },
): WebhookRequest {
  const { webhook } = definition.spec.conversion ?? {};
  const { clientConfig, conversionReviewVersions } = isRecord(webhook) ? webhook : {};
  const accepted = Array.isArray(conversionReviewVersions) ? conversionReviewVersions : [];
  const review = accepted.find((version) => version === "v1" || version === "v1beta1") ?? "v1";
  return {
    cluster: core.cluster,
    hook,
    ...targetOf((isRecord(clientConfig) ? clientConfig : {}) as Parameters<typeof targetOf>[0]),
    timeoutSeconds: TIMEOUT_SECONDS,
    body: {
      kind: "ConversionReview",
      apiVersion: `apiextensions.k8s.io/${String(review)}`,
      request: { uid, desiredAPIVersion: apiVersion, objects },
    },
  };
}

/** The objects a webhook gave back, checked; or the rest of the sentence that says what was wrong. */
function convertedObjects(
  request: WebhookRequest,
  reply: WebhookReply,
  { objects, apiVersion }: Wanted,
  uid: string,
): readonly Unstructured[] | string {
  const read = readReply(request, reply);
  if ("error" in read) return `failed: ${read.error}`;
  const { response } = read.value;
  if (!isRecord(response)) return "failed: no response provided";
  if (response.uid !== uid)
    return `failed: expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`;
  const result = isRecord(response.result) ? response.result : {};
  if (result.status !== "Success") {
    const { message, status = "" } = result;
    if (typeof message === "string" && message !== "") return `failed: ${message}`;
    return `failed: response.result.status was '${String(status)}', not 'Success'`;
  }
  const converted = Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
  if (converted.length !== objects.length) return `returned ${converted.length} objects, expected ${objects.length}`;
  const restored: Unstructured[] = [];
  for (const [index, object] of converted.entries()) {
    const outcome = restoredObject(objects[index] as Unstructured, object, apiVersion);
    if (typeof outcome === "string") return `returned invalid converted object at index ${index}: ${outcome}`;
    restored.push(outcome);
  }
  return restored;
}

/** A webhook may change labels and annotations of an object, and nothing else of its metadata. */
function restoredObject(original: Unstructured, converted: unknown, apiVersion: string): Unstructured | string {
  if (!isRecord(converted) || !isRecord(converted.metadata)) return "missing metadata in converted object";
  if (converted.apiVersion !== apiVersion)
    return `invalid groupVersion (expected ${apiVersion}, received ${String(converted.apiVersion)})`;
  if (converted.kind !== original.kind)
    return `invalid kind (expected ${original.kind}, received ${String(converted.kind)})`;
  for (const field of ["name", "namespace", "uid"] as const)
    if ((converted.metadata[field] ?? "") !== (original.metadata[field] ?? ""))
      return `must have the same ${field === "uid" ? "UID" : field}: ${original.metadata[field] ?? ""} != ${String(converted.metadata[field] ?? "")}`;
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  const { labels, annotations } = converted.metadata;
  const metadata = {
    ...kept,
    ...(isRecord(labels) ? { labels } : {}),
    ...(isRecord(annotations) ? { annotations } : {}),
  };
  return unstructured({ ...converted, metadata } as Unstructured);
}
