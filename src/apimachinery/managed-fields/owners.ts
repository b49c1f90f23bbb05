import { compareText, isRecord } from "../../std/index.ts";
import type { ManagedFieldsEntry } from "../object-meta.ts";
import { type FieldSet, NO_FIELDS } from "./field-set.ts";
import type { FieldsCodec } from "./fields-v1.ts";
import { FieldsFormatError } from "./path-element.ts";

/** One manager of fields: who, by which operation, in which version and subresource, and what. */
export type Owner = {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fields: FieldSet;
  /** The entry this was read from, as long as it still says the same. */
  readonly entry?: ManagedFieldsEntry;
};

/** An object's managers by identity ({@link ownerId}). */
export type Owners = ReadonlyMap<string, Owner>;

export const NO_OWNERS: Owners = new Map();

/** Who an owner is: the applier of a subresource in whatever version, but another updater for each version. */
export function ownerId(owner: Pick<Owner, "manager" | "operation" | "apiVersion" | "subresource">): string {
  const { manager, operation, apiVersion, subresource } = owner;
  // Go's encoding of an entry stripped to its identity: conflicts are listed in this text's order.
  return JSON.stringify({
    ...(manager === "" ? {} : { manager }),
    operation,
    ...(operation === "Apply" ? {} : { apiVersion }),
    ...(subresource === undefined ? {} : { subresource }),
  });
}

/** Reads managed fields; throws a {@link FieldsFormatError} when they are none. */
export function readOwners(codec: FieldsCodec, entries: readonly ManagedFieldsEntry[] | undefined): Owners {
  if (entries === undefined || entries.length === 0) return NO_OWNERS;
  const owners = new Map<string, Owner>();
  for (const [index, entry] of entries.entries()) {
    const owner = readOwner(codec, entry, index);
    owners.set(ownerId(owner), owner);
  }
  return owners;
}

/** Writes managed fields in Kubernetes' order; owners that did not change keep their entry. `undefined` when there are none. */
export function writeOwners(codec: FieldsCodec, owners: Owners): readonly ManagedFieldsEntry[] | undefined {
  if (owners.size === 0) return undefined;
  return [...owners.values()].map((owner) => owner.entry ?? entryOf(codec, owner)).sort(compareEntries);
}

/** `owner` with other fields; itself when they are the same. */
export function owning(owner: Owner, fields: FieldSet): Owner {
  if (fields === owner.fields) return owner;
  const { entry, ...rest } = owner;
  return { ...rest, fields };
}

function readOwner(codec: FieldsCodec, entry: ManagedFieldsEntry, index: number): Owner {
  if (!isRecord(entry)) throw new FieldsFormatError(`managed fields entry ${index} is no object`);
  const { manager = "", operation, apiVersion, subresource, time, fieldsType, fieldsV1 } = entry;
  if (operation !== "Apply" && operation !== "Update")
    throw new FieldsFormatError("operation must be `Apply` or `Update`");
  if (!apiVersion) throw new FieldsFormatError("apiVersion must not be empty");
  if (!fieldsType) throw new FieldsFormatError(`missing fieldsType in managed fields entry ${index}`);
  if (fieldsType !== "FieldsV1")
    throw new FieldsFormatError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`);
  return {
    manager,
    operation,
    apiVersion,
    ...(subresource ? { subresource } : {}),
    ...(time ? { time } : {}),
    fields: isRecord(fieldsV1) ? codec.parse(fieldsV1) : NO_FIELDS,
    entry,
  };
}

function entryOf(codec: FieldsCodec, owner: Owner): ManagedFieldsEntry {
  const { manager, operation, apiVersion, subresource, time, fields } = owner;
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: "FieldsV1",
    fieldsV1: codec.format(fields),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function compareEntries(left: ManagedFieldsEntry, right: ManagedFieldsEntry): number {
  return (
    compareText(left.operation ?? "", right.operation ?? "") ||
    secondsOf(left.time) - secondsOf(right.time) ||
    compareText(left.manager ?? "", right.manager ?? "") ||
    compareText(left.apiVersion ?? "", right.apiVersion ?? "") ||
    compareText(left.subresource ?? "", right.subresource ?? "")
  );
}

/** Seconds since the epoch; an entry without a time is the oldest. */
export function secondsOf(time: string | undefined): number {
  if (time === undefined) return 0;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}
