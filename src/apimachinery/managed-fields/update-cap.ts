import { compareText } from "../../std/index.ts";
import { unionFields } from "./field-set.ts";
import { type Owner, type Owners, ownerId, secondsOf } from "./owners.ts";

/** Update managers an object keeps (`managedfields/internal.DefaultMaxUpdateManagers`). */
const UPDATE_OWNERS_MAX = 10;
const ANCIENT = "ancient-changes";

/** Merges the oldest updaters of a version into one, until there are few enough (`managedfields/internal/capmanagers.go`). */
export function cappedOwners(owners: Owners): Owners {
  const updaters = [...owners].filter(([, owner]) => owner.operation === "Update");
  let surplus = updaters.length - UPDATE_OWNERS_MAX;
  if (surplus <= 0) return owners;
  const oldestFirst = updaters.sort(
    ([leftId, left], [rightId, right]) => secondsOf(left.time) - secondsOf(right.time) || compareText(leftId, rightId),
  );
  const capped = new Map(owners);
  const firstOf = new Map<string, string>();
  for (const [id, owner] of oldestFirst) {
    if (surplus <= 0) break;
    const first = firstOf.get(owner.apiVersion);
    if (first === undefined) {
      firstOf.set(owner.apiVersion, id);
      continue;
    }
    mergeInto(capped, first, id, owner);
    surplus--;
  }
  return capped;
}

function mergeInto(owners: Map<string, Owner>, firstId: string, id: string, owner: Owner): void {
  const { apiVersion } = owner;
  const bucketId = ownerId({ manager: ANCIENT, operation: "Update", apiVersion });
  const bucket = owners.get(bucketId) ?? owners.get(firstId);
  if (!owners.has(bucketId)) owners.delete(firstId);
  owners.delete(id);
  owners.set(bucketId, {
    manager: ANCIENT,
    operation: "Update",
    apiVersion,
    ...(owner.time === undefined ? {} : { time: owner.time }),
    fields: bucket === undefined ? owner.fields : unionFields(bucket.fields, owner.fields),
  });
}
