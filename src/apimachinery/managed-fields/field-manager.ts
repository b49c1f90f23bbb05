import { deepEqual } from "../../std/index.ts";
import { apiVersionOf } from "../kind.ts";
import type { ManagedFieldsEntry, Unstructured } from "../object-meta.ts";
import { StatusError, statusErrors } from "../status-error.ts";
import { ConflictError, type SeenAs } from "./conflicts.ts";
import { containsFields, type FieldSet, fieldSet, NO_FIELDS, recursiveDifferenceOfFields } from "./field-set.ts";
import type { FieldType } from "./field-type.ts";
import { FieldsCodec } from "./fields-v1.ts";
import { fieldsOfLastApplied, withLastApplied } from "./last-applied.ts";
import { TypedValueError } from "./list-items.ts";
import { NO_OWNERS, type Owners, readOwners, writeOwners } from "./owners.ts";
import { type Applied, applyOwners, type OwnershipRules, updateOwners, type Writer } from "./ownership.ts";
import { FieldsFormatError } from "./path-element.ts";
import { typedErrors } from "./typed-errors.ts";
import { cappedOwners } from "./update-cap.ts";

/** One write as ownership sees it. */
export type FieldWrite = {
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** The type of the kind in each version that is served ({@link FieldTypes}). */
  readonly typeOf: (apiVersion: string) => FieldType | undefined;
  /** The object in another served version; absent when versions differ by `apiVersion` alone. */
  readonly convert?: (object: unknown, from: string, to: string) => unknown;
  /** A custom resource: its objects have what is stated and nothing else. */
  readonly custom: boolean;
  /** Which part of the object the write reaches; the rest of its body is not looked at. */
  readonly part: "all" | "all but status" | "all but spec" | "metadata" | "status";
  readonly manager: string;
  readonly subresource?: string;
  /** Present time as objects carry it; `undefined` leaves gains without one, as writes of a scale are. */
  readonly time: string | undefined;
};

/** An apply; `force` takes over what others own. */
export type ApplyWrite = FieldWrite & {
  readonly force: boolean;
  /** What conflicts are told to be about, when the client does not see the object itself but a Scale of it. */
  readonly seenAs?: SeenAs;
};

type Entries = readonly ManagedFieldsEntry[] | undefined;

/** What kubectl calls itself when it applies. */
const KUBECTL = "kubectl";
const BEFORE_FIRST_APPLY = "before-first-apply";
const STATUS_FIELDS = fieldSet(["f:status"]);
const SPEC_FIELDS = fieldSet(["f:spec"]);

/**
 * Keeps `metadata.managedFields` (`k8s.io/apimachinery/pkg/util/managedfields`): who owns which field of an object after each
 * write, and what an apply makes of the object. It remembers nothing but what the managed fields it met say.
 */
export class FieldManager {
  readonly #codec = new FieldsCodec();

  /**
   * The managed fields of a new object, or of `next`, which replaces `live`; those its client sent are beside it. `undefined`
   * stands for none, and what did not change is the same reference.
   */
  update(
    live: Unstructured | undefined,
    next: Unstructured,
    write: FieldWrite & { readonly stated: Entries },
  ): Entries {
    const before = live?.metadata.managedFields;
    const owners = this.#statedOwners(before, write.subresource === undefined ? write.stated : before);
    // An object nobody tracked so far stays so until it is applied: nobody knows who wrote what is there.
    if (owners.size === 0 && live !== undefined) return undefined;
    try {
      return this.#written(before, updatedOwners(owners, live, next, write, write.manager));
    } catch (error) {
      // A value of another form than its schema says cannot be tracked; what was owned stays so (`UpdateNoErrors`).
      if (error instanceof TypedValueError) return before;
      throw error;
    }
  }

  /**
   * What applying `config` makes of `live`, managed fields included; throws the StatusError of a bad configuration or of
   * conflicts. The result is not defaulted, and is `live` itself when nothing changes.
   */
  apply(live: Unstructured | undefined, config: Unstructured, write: ApplyWrite): Unstructured {
    checkConfig(config, write);
    const before = live?.metadata.managedFields;
    const bare = withoutManagedFields(live ?? emptyObject(write));
    const tracked = this.#ownersOrNone(before);
    const isFirst = tracked.size === 0 && live !== undefined;
    const owners = isFirst ? updatedOwners(tracked, undefined, bare, write, BEFORE_FIRST_APPLY) : tracked;
    const applied = applyForManager({ owners, live: bare, config, write });
    const object = applied.object as Unstructured;
    const told = write.manager === KUBECTL ? withLastApplied(object, config) : object;
    const managedFields = this.#written(before, applied.owners);
    if (live !== undefined && told === bare && managedFields === before) return live;
    return managedFields === undefined ? told : { ...told, metadata: { ...told.metadata, managedFields } };
  }

  /** The owners an update starts from: those it states, else those there are. An empty statement takes all of them away. */
  #statedOwners(before: Entries, stated: Entries): Owners {
    if (stated === undefined || stated === null || deepEqual(stated, before)) return this.#ownersOrNone(before);
    const isReset = stated.length === 0 || (stated.length === 1 && Object.keys(stated[0] ?? {}).length === 0);
    if (isReset) return NO_OWNERS;
    const owners = this.#ownersOrNone(stated);
    return owners.size === 0 ? this.#ownersOrNone(before) : owners;
  }

  /** Unreadable managed fields count as none, as upstream has it. */
  #ownersOrNone(entries: Entries): Owners {
    try {
      return readOwners(this.#codec, entries);
    } catch (error) {
      if (error instanceof FieldsFormatError) return NO_OWNERS;
      throw error;
    }
  }

  #written(before: Entries, owners: Owners): Entries {
    const entries = writeOwners(this.#codec, owners);
    const same = entries?.length === before?.length && entries?.every((entry, index) => entry === before?.[index]);
    return same === true ? before : entries;
  }
}

function updatedOwners(
  owners: Owners,
  live: Unstructured | undefined,
  next: Unstructured,
  write: FieldWrite,
  manager: string,
): Owners {
  const bareLive = withoutManagedFields(live ?? emptyObject(write));
  const values = { live: bareLive, next: withoutManagedFields(next), writer: writerOf(write, "Update", manager) };
  return cappedOwners(updateOwners(rulesOf(write), owners, values));
}

/**
 * Applies, with what kubectl is allowed beyond others: it takes over from its own client-side apply without a conflict
 * (`managedfields/internal/lastappliedmanager.go`).
 */
function applyForManager(what: {
  readonly owners: Owners;
  readonly live: Unstructured;
  readonly config: Unstructured;
  readonly write: ApplyWrite;
}): Applied {
  const { owners, live, config, write } = what;
  const rules = rulesOf(write);
  const values = { live, config, writer: writerOf(write, "Apply", write.manager) };
  try {
    return applyOwners(rules, owners, { ...values, force: write.force });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const own = write.manager === KUBECTL ? fieldsOfLastApplied(typeOfKind(write), live) : undefined;
    if (own === undefined) throw error.status(write.seenAs);
    if (!containsFields(own, error.fields)) throw error.without(own).status(write.seenAs);
    return applyOwners(rules, owners, { ...values, force: true });
  }
}

/** Refuses configurations of another kind, with managed fields, or of a form the type does not take. */
function checkConfig(config: Unstructured, write: FieldWrite): void {
  const { group, version, kind } = write.kind;
  if (config.apiVersion !== apiVersionOf(write.kind) || config.kind !== kind)
    throw statusErrors.badRequest(`invalid object type: ${statedKind(config)}`);
  if (config.metadata.managedFields !== undefined && config.metadata.managedFields !== null)
    throw statusErrors.badRequest("metadata.managedFields must be nil");
  const errors = typedErrors(typeOfKind(write), config);
  if (errors === undefined) return;
  const { namespace = "", name = "" } = config.metadata;
  // An error without a Status becomes a 500 that names no reason.
  throw new StatusError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `failed to create typed patch object (${namespace}/${name}; ${group}/${version}, Kind=${kind}): ${errors}`,
    code: 500,
  });
}

/** The kind an object says it is of, as Go prints it. */
function statedKind(config: Unstructured): string {
  const { apiVersion = "", kind = "" } = config;
  return `${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

function rulesOf(write: FieldWrite): OwnershipRules {
  const { typeOf, custom, part, convert = asItIs } = write;
  return { typeOf, convert, valueStructs: !custom, filter: FILTERS[part] };
}

const asItIs = (object: unknown): unknown => object;

const FILTERS: Readonly<Record<FieldWrite["part"], (fields: FieldSet) => FieldSet>> = {
  all: (fields) => fields,
  "all but status": (fields) => recursiveDifferenceOfFields(fields, STATUS_FIELDS),
  "all but spec": (fields) => recursiveDifferenceOfFields(fields, SPEC_FIELDS),
  metadata: (fields) => recursiveDifferenceOfFields(recursiveDifferenceOfFields(fields, STATUS_FIELDS), SPEC_FIELDS),
  status: (fields) => {
    const status = fields.get("f:status");
    if (status === undefined) return NO_FIELDS;
    return fields.size === 1 ? fields : new Map([["f:status", status]]);
  },
};

function writerOf(write: FieldWrite, operation: "Apply" | "Update", manager: string): Writer {
  const { kind, subresource, time } = write;
  return {
    manager: manager === "" ? "unknown" : manager,
    operation,
    apiVersion: apiVersionOf(kind),
    ...(subresource === undefined ? {} : { subresource }),
    ...(time === undefined ? {} : { time }),
  };
}

function typeOfKind(write: FieldWrite): FieldType {
  const type = write.typeOf(apiVersionOf(write.kind));
  if (type === undefined) throw new Error(`${apiVersionOf(write.kind)} is not served`);
  return type;
}

function emptyObject({ kind }: FieldWrite): Unstructured {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: {} } as Unstructured;
}

function withoutManagedFields(object: Unstructured): Unstructured {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}
