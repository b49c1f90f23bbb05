import { CustomResourceDefinition } from "../../api/index.ts";
import {
  type KubeObject,
  setCondition,
  type Unstructured,
  unstructured,
  withoutFinalizer,
} from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { registerCustom } from "../aggregation/api-services.ts";
import type { Call, ServerCore } from "../core.ts";
import { deleteObject } from "../deletion.ts";
import { isReleased } from "../namespaces.ts";
import type { User } from "../request.ts";
import type { Resource } from "../resource.ts";
import { writeNext } from "../verbs/update.ts";
import {
  asDefinition,
  CLEANUP_FINALIZER,
  isServed,
  isWaitingForNames,
  withDefinitionStatus,
} from "./definition-strategy.ts";
import { servedVersions } from "./served-versions.ts";
import { webhookConverter } from "./webhook-conversion.ts";

const CLEANER: User = { name: "system:apiserver", groups: ["system:masters"] };

/** Serves a definition, or no more, after a write of it; a deletion asked for first removes the instances. */
export function definitionCommitted(
  core: ServerCore,
  before: Unstructured | undefined,
  after: Unstructured | undefined,
): void {
  if (after === undefined) {
    if (before === undefined) return;
    withdraw(core, asDefinition(before));
    offerNames(core, asDefinition(before).spec.group);
    return;
  }
  const definition = asDefinition(after);
  if (before === undefined || !sameServing(asDefinition(before), definition)) serve(core, definition);
  if (before !== undefined && !sameStorage(asDefinition(before), definition))
    core.registry.renew(definition.spec.group, definition.spec.names.plural);
  const wasTerminating = before?.metadata.deletionTimestamp !== undefined;
  if (definition.metadata.deletionTimestamp !== undefined && !wasTerminating) removeInstances(core, definition);
}

/** After an instance of a terminating definition is gone: with the last one goes the definition. */
export function instanceRemoved(core: ServerCore, resource: Resource): void {
  if (resource.bucket.size > 0) return;
  const definitions = core.registry.lookup(CustomResourceDefinition);
  const definition = definitions?.get(undefined, `${resource.kind.plural}.${resource.kind.group}`);
  if (definition?.metadata.deletionTimestamp !== undefined) release(core, definition);
}

function sameServing(before: CustomResourceDefinition, after: CustomResourceDefinition): boolean {
  return (
    before.spec === after.spec &&
    before.status?.acceptedNames === after.status?.acceptedNames &&
    isServed(before) === isServed(after) &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp
  );
}

/** Whether upstream keeps the storage it has for a definition, and with it the watches (`updateCustomResourceDefinition`). */
function sameStorage(before: CustomResourceDefinition, after: CustomResourceDefinition): boolean {
  return deepEqual([before.spec, before.status?.acceptedNames], [after.spec, after.status?.acceptedNames]);
}

function serve(core: ServerCore, definition: CustomResourceDefinition): void {
  const { group, names } = definition.spec;
  if (!isServed(definition)) return;
  const converter = definition.spec.conversion?.strategy === "Webhook" ? webhookConverter(core, definition) : undefined;
  core.registry.setCustom(
    group,
    names.plural,
    servedVersions(definition, { converter, compile: (schema) => core.pool.compile(schema) }),
  );
  registerCustom(core, group);
}

function withdraw(core: ServerCore, definition: CustomResourceDefinition): void {
  const { group, names } = definition.spec;
  core.registry.removeCustom(group, names.plural);
  registerCustom(core, group);
}

function removeInstances(core: ServerCore, definition: CustomResourceDefinition): void {
  const { group, names } = definition.spec;
  const resource = core.registry.findStoredCustom(group, names.plural);
  if (resource === undefined || resource.bucket.size === 0) {
    release(core, unstructured(definition));
    return;
  }
  noteTermination(core, definition);
  // The last removal releases the definition, see `instanceRemoved`; instances with finalizers make it wait.
  // They go as they are stored: this is no request, and could not wait for a webhook to convert them.
  for (const instance of resource.bucket.list())
    if (instance.apiVersion === resource.storageApiVersion || isReleased(resource, instance))
      deleteObject(cleanerCall(core, resource, instance), instance);
}

/** Names that became free go to definitions that wait for them. */
function offerNames(core: ServerCore, group: string): void {
  const definitions = core.registry.lookup(CustomResourceDefinition);
  for (const stored of definitions?.list() ?? []) {
    const definition = asDefinition(stored);
    if (definitions === undefined || definition.spec.group !== group || !isWaitingForNames(definition)) continue;
    const context = { nowMs: () => core.loop.nowMs(), registry: () => core.registry };
    const named = unstructured(withDefinitionStatus(definition, context));
    writeNext(cleanerCall(core, definitions, stored), stored, named);
  }
}

/** Says on a definition that its instances are being removed (`pkg/controller/finalizer/crd_finalizer.go`). */
function noteTermination(core: ServerCore, definition: CustomResourceDefinition): void {
  const definitions = core.registry.lookup(CustomResourceDefinition);
  const present = definitions?.get(undefined, definition.metadata.name);
  if (definitions === undefined || present === undefined) return;
  const { status } = asDefinition(present);
  const condition = {
    type: "Terminating",
    status: "True",
    reason: "InstanceDeletionInProgress",
    message: "CustomResource deletion is in progress",
  } as const;
  const conditions = setCondition(status?.conditions, condition, core.loop.nowMs());
  const noted = { ...present, status: { ...status, conditions } };
  writeNext(cleanerCall(core, definitions, present), present, noted);
}

function release(core: ServerCore, definition: KubeObject): void {
  const definitions = core.registry.lookup(CustomResourceDefinition);
  const present = definitions?.get(undefined, definition.metadata.name);
  if (definitions === undefined || present === undefined) return;
  writeNext(cleanerCall(core, definitions, present), present, withoutFinalizer(present, CLEANUP_FINALIZER));
}

function cleanerCall(core: ServerCore, resource: Resource, object: Unstructured): Call {
  const { name, namespace } = object.metadata;
  return {
    core,
    resource,
    user: CLEANER,
    options: {},
    unchecked: true,
    request: { verb: "delete", kind: resource.kind, name, ...(namespace === undefined ? {} : { namespace }) },
  };
}
