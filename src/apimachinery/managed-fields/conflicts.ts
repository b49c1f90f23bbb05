import { failure, StatusError } from "../status-error.ts";
import { type FieldSet, fieldSet, hasField, pathsOf } from "./field-set.ts";
import { type Owner, ownerId } from "./owners.ts";
import { type FieldPath, printPath } from "./path-element.ts";

/** A field an applier would change that belongs to someone else. */
export type Conflict = { readonly owner: Owner; readonly path: FieldPath };

/** The version and the one field under which a client knows what is fought over. */
export type SeenAs = { readonly apiVersion: string; readonly field: string };

/** An apply stopped by what others own; becomes a 409 at the door. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    super(conflictMessage(conflicts, undefined));
    this.conflicts = conflicts;
  }

  /** All fields fought over. */
  get fields(): FieldSet {
    return fieldSet(...this.conflicts.map(({ path }) => path));
  }

  /** The conflicts that are not about these fields. */
  without(fields: FieldSet): ConflictError {
    return new ConflictError(this.conflicts.filter(({ path }) => !hasField(fields, path)));
  }

  /** The 409 as Kubernetes answers it (`managedfields/internal/conflict.go`). */
  status(seenAs?: SeenAs): StatusError {
    const causes = this.conflicts.map(({ owner, path }) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${printOwner(owner, seenAs)}`,
      field: seenAs?.field ?? printPath(path),
    }));
    return new StatusError(failure("Conflict", conflictMessage(this.conflicts, seenAs), { causes }));
  }
}

/** The conflicts with each of these owners over the fields given beside them, by owner. */
export function conflictsOver(contested: readonly (readonly [owner: Owner, fields: FieldSet])[]): readonly Conflict[] {
  return [...contested]
    .sort(([left], [right]) => (ownerId(left) < ownerId(right) ? -1 : 1))
    .flatMap(([owner, fields]) => pathsOf(fields).map((path) => ({ owner, path })));
}

function conflictMessage(conflicts: readonly Conflict[], seenAs: SeenAs | undefined): string {
  const shown = (path: FieldPath): string => seenAs?.field ?? printPath(path);
  const [only] = conflicts;
  if (conflicts.length === 1 && only !== undefined)
    return `Apply failed with 1 conflict: conflict with ${printOwner(only.owner, seenAs)}: ${shown(only.path)}`;
  const lines: string[] = [];
  let last: Owner | undefined;
  for (const { owner, path } of conflicts) {
    if (owner !== last) lines.push(`conflicts with ${printOwner(owner, seenAs)}:`);
    last = owner;
    lines.push(`- ${shown(path)}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}

function printOwner({ manager, operation, apiVersion, subresource }: Owner, seenAs: SeenAs | undefined): string {
  const name = JSON.stringify(manager);
  const full = subresource === undefined ? name : `${name} with subresource ${JSON.stringify(subresource)}`;
  return operation === "Update" ? `${full} using ${seenAs?.apiVersion ?? apiVersion}` : full;
}
