import {
  type FieldError,
  type FieldType,
  type FieldWrite,
  type ManagedFieldsEntry,
  managerNameErrors,
  managerOfUserAgent,
  parseApiVersion,
  statusErrors,
  timestamp,
  type Unstructured,
  unstructured,
} from "../apimachinery/index.ts";
import type { Call, ServerCore } from "./core.ts";
import type { PatchType } from "./request.ts";
import type { Resource } from "./resource.ts";
import { isStatusAlone } from "./status-metadata.ts";
import type { UntrackedWriter } from "./untracked-writes.ts";

/** How a write came about: an apply has settled its managed fields already; a scale is one through the subresource. */
export type WriteOrigin = "update" | "scale" | "apply";

type Entries = readonly ManagedFieldsEntry[] | undefined;

/** A write to `live` that leads to `next`; `stated` are the managed fields of its body. */
type OwnedWrite = {
  readonly live: Unstructured | undefined;
  readonly next: Unstructured;
  readonly stated: Entries;
  readonly origin: WriteOrigin;
};

/** `next` with the managed fields it has after this write. */
export function withManagedFields(call: Call, write: OwnedWrite): Unstructured {
  const { next } = write;
  const entries = entriesAfter(call, write);
  if (entries === next.metadata.managedFields) return next;
  const { managedFields: _, ...metadata } = next.metadata;
  return { ...next, metadata: entries === undefined ? metadata : { ...metadata, managedFields: entries } };
}

/** What a write says of itself to the field manager. */
export function fieldWrite(call: Call, origin: WriteOrigin): FieldWrite {
  const { core, resource, request } = call;
  const { kind } = resource;
  const subresource = origin === "scale" ? "scale" : request.subresource;
  return {
    kind,
    typeOf: (apiVersion) => fieldTypeOf(call, apiVersion),
    custom: !resource.typed,
    part: partOf(resource, subresource),
    manager: managerOf(call),
    // Upstream gives the entries a scale makes no time (`managedfields.ScaleHandler.ToParent`).
    time: origin === "scale" ? undefined : core.timestamp(),
    ...(subresource === undefined ? {} : { subresource }),
    ...(resource.custom ? {} : { convert: (object, from, to) => convert(call, object as Unstructured, from, to) }),
  };
}

/** What the strategies of a kind do not reset when the object, or a part of it, is written (`GetResetFields`). */
function partOf(resource: Resource, subresource: string | undefined): FieldWrite["part"] {
  if (subresource === "status") return isStatusAlone(resource) ? "status" : "all but spec";
  if (resource.descriptor.specIsFixed === true) return "metadata";
  return resource.descriptor.status === true ? "all but status" : "all";
}

/** Refuses a field manager that cannot be one. */
export function checkManagerName(call: Call, options: "CreateOptions" | "UpdateOptions"): void {
  throwOptionErrors(options, nameErrors(call));
}

/** Refuses options that do not go with the type of patch (`metav1/validation.ValidatePatchOptions`). */
export function checkPatchOptions(call: Call, type: PatchType): void {
  const errors: FieldError[] = [];
  const { fieldManager, force } = call.options;
  if (type === "apply" && !fieldManager)
    errors.push({ type: "FieldValueRequired", field: "fieldManager", detail: "is required for apply patch" });
  if (type !== "apply" && force !== undefined)
    errors.push({ type: "FieldValueForbidden", field: "force", detail: "may not be specified for non-apply patch" });
  throwOptionErrors("PatchOptions", [...errors, ...nameErrors(call)]);
}

function nameErrors({ options: { fieldManager } }: Call): readonly FieldError[] {
  return fieldManager === undefined ? [] : managerNameErrors(fieldManager, "fieldManager");
}

function throwOptionErrors(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusErrors.invalid({ group: "meta.k8s.io", kind }, "", errors);
}

function entriesAfter(call: Call, { live, next, stated, origin }: OwnedWrite): Entries {
  if (origin === "apply") return stated;
  if (!isTracked(call, live)) return live?.metadata.managedFields;
  // What a patch leaves alone is stated by nobody.
  const own = stated === live?.metadata.managedFields ? undefined : stated;
  const shown = live === undefined ? undefined : call.core.untracked.shown(live);
  return call.core.fields.update(shown, next, { ...fieldWrite(call, origin), stated: own });
}

/** Subresources whose writes are nobody's account. */
const UNOWNED: ReadonlySet<string | undefined> = new Set(["binding", "eviction", "finalize"]);

/** Remembers a stored write whose managed fields have not been worked out. */
export function noteWrite(call: Call, previous: Unstructured | undefined, stored: Unstructured): void {
  const { core, resource, request } = call;
  if (previous !== undefined && stored.metadata.managedFields !== previous.metadata.managedFields) return;
  const { verb, subresource } = request;
  const isOwn = verb === "create" || verb === "update" || verb === "patch";
  const writer =
    !isOwn || UNOWNED.has(subresource) || isTracked(call, previous)
      ? undefined
      : { resource, manager: managerOf(call), subresource, atMs: core.loop.nowMs() };
  core.untracked.note(stored, previous, writer);
}

/** The managed fields a write that was only noted has come to. */
export function settledWrite(
  core: ServerCore,
  live: Unstructured | undefined,
  next: Unstructured,
  { resource, manager, subresource, atMs }: UntrackedWriter,
): Entries {
  const request = {
    verb: "update",
    kind: resource.kind,
    ...(subresource === undefined ? {} : { subresource }),
  } as const;
  const call = { core, resource, request, user: NOBODY, options: {} };
  const write = { ...fieldWrite(call, "update"), manager, time: timestamp(atMs) };
  return core.fields.update(live, next, { ...write, stated: undefined });
}

const NOBODY = { name: "", groups: [] };

/**
 * Whether managed fields follow a write at once. They do for all that come through a door, where `fieldValidation` is stated. Writes
 * of typed code in this process, above all of controllers, are only noted while nobody has applied the object: until then what
 * the entries say decides nothing but whom an apply would meet.
 */
function isTracked(call: Call, live: Unstructured | undefined): boolean {
  if (call.options.fieldValidation !== undefined) return true;
  return live?.metadata.managedFields?.some(({ operation }) => operation === "Apply") === true;
}

function managerOf({ options, user, request }: Call): string {
  const { fieldManager, userAgent, fieldValidation } = options;
  if (fieldValidation === undefined && request.patch?.type !== "apply") return componentOf(user.name, fieldManager);
  if (fieldManager) return fieldManager;
  return userAgent === undefined ? "" : managerOfUserAgent(userAgent);
}

/** What the programs are called that upstream's components are; the name of their user agent is their manager's. */
const COMPONENTS: Readonly<Record<string, string>> = {
  "system:kube-controller-manager": "kube-controller-manager",
  "kubernetes-admin": "kubeadm",
};

const KUBELET = "system:node:";

function componentOf(user: string, fieldManager: string | undefined): string {
  if (fieldManager === "default-scheduler") return "kube-scheduler";
  if (user.startsWith(KUBELET)) return "kubelet";
  return COMPONENTS[user] ?? fieldManager ?? user;
}

function fieldTypeOf(call: Call, apiVersion: string): FieldType | undefined {
  const { core, resource } = call;
  if (apiVersion === resource.apiVersion) return core.fieldTypeOf(resource);
  const { group, version } = parseApiVersion(apiVersion);
  const other = group === resource.kind.group ? core.registry.find(group, version, resource.kind.plural) : undefined;
  return other === undefined ? undefined : core.fieldTypeOf(other);
}

function convert(call: Call, object: Unstructured, from: string, to: string): Unstructured {
  const resourceOf = (apiVersion: string) => {
    const { group, version } = parseApiVersion(apiVersion);
    return call.core.registry.find(group, version, call.resource.kind.plural);
  };
  const [source, target] = [resourceOf(from), resourceOf(to)];
  if (source === undefined || target === undefined) return object;
  return target.present(unstructured(source.toStorage(object)));
}
