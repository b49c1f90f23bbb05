import { deepEqual } from "../../std/index.ts";
import { type Comparison, compareFields } from "./compare.ts";
import { ConflictError, conflictsOver } from "./conflicts.ts";
import {
  containsFields,
  differenceOfFields,
  equalFields,
  type FieldSet,
  fieldSet,
  intersectionOfFields,
  NO_FIELDS,
  unionFields,
} from "./field-set.ts";
import type { FieldType } from "./field-type.ts";
import { mergeValues } from "./merge.ts";
import { ownedFields } from "./owned-fields.ts";
import { type Owner, type Owners, ownerId, owning } from "./owners.ts";
import { fieldElement } from "./path-element.ts";
import { removeFields } from "./remove-fields.ts";
import { fittedToSchema, withNamedFields } from "./schema-fit.ts";
import { withValueStructs } from "./value-structs.ts";

/** Under which rules fields change hands in one write. */
export type OwnershipRules = {
  /** The type of the object in each version that is served. */
  readonly typeOf: (apiVersion: string) => FieldType | undefined;
  /** The object in another served version. */
  readonly convert: (object: unknown, from: string, to: string) => unknown;
  /** Leaves out the fields this write does not touch whatever its body says (`GetResetFields`). */
  readonly filter: (fields: FieldSet) => FieldSet;
  /** Whether absent structs count as empty ones, as Go's do; custom resources have none. */
  readonly valueStructs: boolean;
};

/** Ownership after an apply, and the object it came to: the live one itself when it changes nothing. */
export type Applied = { readonly owners: Owners; readonly object: unknown };

/** A write in someone's name. */
export type Writer = Omit<Owner, "fields" | "entry">;

/**
 * Ownership after an update of `live` to `next`: what changed belongs to `writer` alone. A writer who gained nothing keeps the
 * time of the last gain (structured-merge-diff `merge.Updater.Update`, `managedfields/internal/managedfieldsupdater.go`).
 */
export function updateOwners(
  rules: OwnershipRules,
  owners: Owners,
  write: { readonly live: unknown; readonly next: unknown; readonly writer: Writer },
): Owners {
  const { writer } = write;
  const settled = settleOwners(rules, fitOwners(rules, owners), { ...write, force: true });
  const gained = withoutSystemFields(unionFields(settled.comparison.modified, settled.comparison.added));
  if (gained.size === 0) return settled.owners;
  const id = ownerId(writer);
  const fields = unionFields(settled.owners.get(id)?.fields ?? NO_FIELDS, gained);
  return new Map(settled.owners).set(id, { ...writer, fields });
}

/**
 * Ownership after `config` was applied to `live`, and what that made of it: fields the applier gave up and nobody else owns are
 * gone. Throws a {@link ConflictError} unless forced (structured-merge-diff `merge.Updater.Apply`).
 */
export function applyOwners(
  rules: OwnershipRules,
  owners: Owners,
  write: { readonly live: unknown; readonly config: unknown; readonly writer: Writer; readonly force: boolean },
): Applied {
  const { live, config, writer, force } = write;
  const type = typeFor(rules, writer.apiVersion);
  const id = ownerId(writer);
  const fitted = fitOwners(rules, owners);
  const last = fitted.get(id);
  const merged = mergeValues(type, live, config);
  const fields = rules.filter(ownedFields(type, config));
  // Until the end the applier keeps the time of the last apply that changed something, if there was one.
  const { time, ...timeless } = writer;
  const claim = { ...timeless, ...(last?.time === undefined ? {} : { time: last.time }), fields };
  const claimed = new Map(fitted).set(id, claim);
  const next = last === undefined ? merged : prune(rules, merged, { claimed, last, now: claim });
  const object = next === live || deepEqual(next, live) ? live : next;
  const settled = settleOwners(rules, claimed, { live, next: object, writer, force, except: id }).owners;
  const lasting = new Map(settled);
  const own = withoutSystemFields(fields);
  if (own.size === 0) lasting.delete(id);
  else lasting.set(id, appliedOwner({ ...claim, fields: own }, last, object === live ? undefined : time));
  return { owners: lasting, object };
}

/** The applier's part: the entry it had where nothing about it changed. */
function appliedOwner(claim: Owner, last: Owner | undefined, time: string | undefined): Owner {
  const timed = time === undefined ? claim : { ...claim, time };
  const same =
    last !== undefined &&
    last.time === timed.time &&
    last.apiVersion === timed.apiVersion &&
    equalFields(last.fields, timed.fields);
  return same ? last : timed;
}

const SYSTEM_FIELDS: FieldSet = fieldSet(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => ["f:metadata", fieldElement(name)] as const),
);

/** What nobody can own (`managedfields/internal/stripmeta.go`). */
function withoutSystemFields(fields: FieldSet): FieldSet {
  return differenceOfFields(fields, SYSTEM_FIELDS);
}

type Settling = {
  readonly live: unknown;
  readonly next: unknown;
  readonly writer: Writer;
  readonly force: boolean;
  /** Whose fields stay as they are. */
  readonly except?: string;
};

/** Takes from its owners what a write changed or removed. */
function settleOwners(
  rules: OwnershipRules,
  owners: Owners,
  write: Settling,
): { readonly owners: Owners; readonly comparison: Comparison } {
  const compare = comparer(rules, write);
  const left = new Map<string, Owner>();
  const contested: (readonly [Owner, FieldSet])[] = [];
  for (const [id, owner] of owners) {
    const comparison = compare(owner.apiVersion);
    // A version that is no longer served takes what was noted in it along.
    if (comparison === undefined) continue;
    const { added, modified, removed } = id === write.except ? NOTHING_CHANGED : comparison;
    const lost = intersectionOfFields(owner.fields, unionFields(modified, added));
    if (lost.size > 0) contested.push([owner, lost]);
    const fields = differenceOfFields(differenceOfFields(owner.fields, lost), removed);
    if (fields.size > 0) left.set(id, owning(owner, fields));
  }
  if (!write.force && contested.length > 0) throw new ConflictError(conflictsOver(contested));
  return { owners: left, comparison: compare(write.writer.apiVersion) as Comparison };
}

/** Compares the two objects in each version once. */
function comparer(rules: OwnershipRules, write: Settling): (apiVersion: string) => Comparison | undefined {
  const { live, next, writer } = write;
  const byVersion = new Map<string, Comparison>();
  return (apiVersion) => {
    const type = rules.typeOf(apiVersion);
    if (type === undefined) return undefined;
    let comparison = byVersion.get(apiVersion);
    if (comparison === undefined) {
      const seen = (object: unknown): unknown => {
        const converted = convert(rules, object, writer.apiVersion, apiVersion);
        return rules.valueStructs ? withValueStructs(type, converted) : converted;
      };
      const { added, modified, removed } =
        live === next ? NOTHING_CHANGED : compareFields(type, seen(live), seen(next));
      const { filter } = rules;
      comparison = { added: filter(added), modified: filter(modified), removed: filter(removed) };
      byVersion.set(apiVersion, comparison);
    }
    return comparison;
  };
}

function convert(rules: OwnershipRules, object: unknown, from: string, to: string): unknown {
  return from === to ? object : rules.convert(object, from, to);
}

const NOTHING_CHANGED: Comparison = { added: NO_FIELDS, modified: NO_FIELDS, removed: NO_FIELDS };

/**
 * Removes what the applier applied last time and not now, and nobody else claims. Items it merely stated to reach what is in them
 * stay when others own something there (`merge.Updater.prune`).
 */
function prune(
  rules: OwnershipRules,
  merged: unknown,
  write: { readonly claimed: Owners; readonly last: Owner; readonly now: Owner },
): unknown {
  const { claimed, last, now } = write;
  const type = rules.typeOf(last.apiVersion);
  if (type === undefined) return merged;
  // Nothing was given up: whatever pruning took away would be added back.
  if (last.apiVersion === now.apiVersion && containsFields(now.fields, last.fields)) return merged;
  const before = convert(rules, merged, now.apiVersion, last.apiVersion);
  const named = withNamedFields(type, last.fields);
  const pruned = addBackOwned(rules, before, removeFields(type, before, named), { owners: claimed, last });
  const gone = differenceOfFields(namedFieldsOf(type, before), namedFieldsOf(type, pruned));
  const after = removeFields(type, before, intersectionOfFields(gone, named));
  return after === before ? merged : convert(rules, after, last.apiVersion, now.apiVersion);
}

/** Brings back what somebody owns, in the version of the last apply first; both objects are in that version. */
function addBackOwned(
  rules: OwnershipRules,
  merged: unknown,
  bare: unknown,
  write: { readonly owners: Owners; readonly last: Owner },
): unknown {
  const { owners, last } = write;
  const owned = new Map<string, FieldSet>([[last.apiVersion, NO_FIELDS]]);
  for (const { apiVersion, fields } of owners.values())
    owned.set(apiVersion, unionFields(owned.get(apiVersion) ?? NO_FIELDS, fields));
  let pruned = bare;
  for (const [apiVersion, fields] of owned) {
    const type = rules.typeOf(apiVersion);
    if (type === undefined) continue;
    const whole = convert(rules, merged, last.apiVersion, apiVersion);
    const left = convert(rules, pruned, last.apiVersion, apiVersion);
    const wanted = unionFields(namedFieldsOf(type, left), withNamedFields(type, fields));
    const kept = removeFields(type, whole, differenceOfFields(namedFieldsOf(type, whole), wanted));
    pruned = convert(rules, kept, apiVersion, last.apiVersion);
  }
  return pruned;
}

function namedFieldsOf(type: FieldType, value: unknown): FieldSet {
  return withNamedFields(type, ownedFields(type, value));
}

/** Owners as the present schemas read them. */
function fitOwners(rules: OwnershipRules, owners: Owners): Owners {
  let fitted: Map<string, Owner> | undefined;
  for (const [id, owner] of owners) {
    const type = rules.typeOf(owner.apiVersion);
    const fit = type === undefined ? owner : owning(owner, fittedToSchema(type, owner.fields));
    if (fit === owner) continue;
    fitted ??= new Map(owners);
    fitted.set(id, fit);
  }
  return fitted ?? owners;
}

function typeFor(rules: OwnershipRules, apiVersion: string): FieldType {
  const type = rules.typeOf(apiVersion);
  if (type === undefined) throw new Error(`no type for ${apiVersion}`);
  return type;
}
