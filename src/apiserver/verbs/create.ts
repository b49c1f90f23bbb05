import {
  type ObjectMeta,
  type StatusError,
  statusErrors,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
import { NAME_ALPHABET } from "../../sim/index.ts";
import { admit, admitValid, withObject } from "../admission-chain.ts";
import { asDecoded, readBody } from "../body.ts";
import type { Call, Warnings } from "../core.ts";
import { checkManagerName, type WriteOrigin, withManagedFields } from "../managed-fields.ts";
import { NO_NAME, OTHER_NAMESPACE, requestedMeta } from "../metadata.ts";
import { applyDefaults, validate, warn } from "../validation.ts";
import { commitCreate } from "../write.ts";

/** A generated name is the prefix and five characters, at most 63 (`k8s.io/apiserver/pkg/storage/names`). */
const GENERATED_LENGTH = 5;
const GENERATED_PREFIX_MAX = 63 - GENERATED_LENGTH;
const GENERATE_ATTEMPTS = 8;

/** Creates an object and returns it as stored. */
export function create(call: Call, warnings: Warnings): Unstructured {
  checkManagerName(call, "CreateOptions");
  const body = readBody(call, call.request.object, warnings);
  return createObject(call, body, "update");
}

/** The rest of a create, once its body is known: what is to be there, and whose it is. */
export function createObject(call: Call, body: Unstructured, origin: WriteOrigin): Unstructured {
  const prepared = prepare(call, body, origin);
  const what = { verb: "create", name: prepared.metadata.name, object: prepared } as const;
  const admitted = admit(call, what) as Unstructured;
  const { name, namespace, resourceVersion } = admitted.metadata;
  if (!name) throw nameRequired(call);
  if (namespace !== prepared.metadata.namespace) throw statusErrors.badRequest(OTHER_NAMESPACE);
  const complete = withFirstState(call, admitted === prepared ? prepared : applyDefaults(call, admitted));
  validate(call, complete, undefined);
  warn(call, complete);
  admitValid(call, withObject(what, complete));
  // Upstream's storage says so, which hears of an object after everybody else.
  if (call.request.verb === "create" && (body.metadata?.resourceVersion || resourceVersion))
    throw statusErrors.plain("resourceVersion should not be set on objects to be created");
  return commitCreate(call, complete);
}

function newMeta(call: Call, requested: ObjectMeta): ObjectMeta {
  const { core, resource, request } = call;
  const meta = requestedMeta(requested);
  if (!meta.name) {
    if (!meta.generateName) throw nameRequired(call);
    meta.name = generateName(call, meta.generateName as string, request.namespace ?? meta.namespace);
  }
  if (resource.kind.namespaced) meta.namespace = requestNamespace(call, meta.namespace);
  else delete meta.namespace;
  if (meta.finalizers?.length === 0) delete meta.finalizers;
  meta.uid = core.state.newUid();
  meta.creationTimestamp = core.timestamp();
  // Kinds that do not count generations keep what a client says.
  if (resource.custom || resource.descriptor.generation) meta.generation = 1;
  else if (requested.generation !== undefined) meta.generation = requested.generation;
  return meta;
}

function nameRequired({ resource: { kind } }: Call): StatusError {
  return statusErrors.invalid({ group: kind.group, kind: kind.kind }, "", [
    { type: "FieldValueRequired", field: "metadata.name", detail: NO_NAME },
  ]);
}

function requestNamespace(call: Call, stated: string | undefined): string {
  const { namespace = stated } = call.request;
  if (namespace === undefined || namespace === "")
    throw statusErrors.badRequest("an empty namespace may not be set during creation");
  if (stated !== undefined && stated !== "" && stated !== namespace) throw statusErrors.badRequest(OTHER_NAMESPACE);
  return namespace;
}

function generateName(call: Call, prefix: string, namespace: string | undefined): string {
  const base = prefix.slice(0, GENERATED_PREFIX_MAX);
  let name = base + call.core.names.text(GENERATED_LENGTH, NAME_ALPHABET);
  for (let attempt = 1; attempt < GENERATE_ATTEMPTS; attempt++) {
    if (call.resource.get(namespace, name) === undefined) break;
    name = base + call.core.names.text(GENERATED_LENGTH, NAME_ALPHABET);
  }
  return name;
}

function prepare(call: Call, body: Unstructured, origin: WriteOrigin): Unstructured {
  const { resource } = call;
  const object = { ...body, metadata: newMeta(call, body.metadata ?? {}) };
  const defaulted = applyDefaults(call, withoutOwnStatus(call, object));
  const stated = body.metadata?.managedFields;
  const owned = withManagedFields(call, { live: undefined, next: defaulted, stated, origin });
  const prepareForCreate = resource.descriptor.strategy?.prepareForCreate;
  return prepareForCreate === undefined ? owned : unstructured(prepareForCreate(owned));
}

function withFirstState({ resource }: Call, object: Unstructured): Unstructured {
  const firstState = resource.descriptor.strategy?.firstState;
  return firstState === undefined ? object : unstructured(firstState(object));
}

/** A status is written through its subresource; only a kubelet may bring its node's along (`nodeStrategy.PrepareForCreate`). */
function withoutOwnStatus(call: Call, object: Unstructured): Unstructured {
  const { descriptor, kind } = call.resource;
  if (descriptor.status !== true || object.status === undefined) return object;
  if (kind.group === "" && kind.kind === "Node") return object;
  const { status, ...rest } = object;
  // A status that is no pointer is there from the start, empty.
  const first = asDecoded(call, unstructured({ apiVersion: "", kind: "", metadata: object.metadata })).status;
  return first === undefined ? rest : { ...rest, status: first };
}
