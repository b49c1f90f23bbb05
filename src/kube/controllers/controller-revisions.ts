import { ControllerRevision, type PodTemplateSpec } from "../../api/index.ts";
import { type KubeObject, ownerReference } from "../../apimachinery/index.ts";
import type { Intent } from "../../controller/index.ts";
import { compareText, deepEqual, stableJson } from "../../std/index.ts";
import { deletion } from "./deletion.ts";
import { templateHash } from "./template-hash.ts";

type Owner = KubeObject & {
  readonly spec: { readonly template: PodTemplateSpec; readonly revisionHistoryLimit?: number };
  readonly status?: { readonly collisionCount?: number };
};

/** A workload's history: the revision of its present template, older ones oldest first, and what must be written. */
export type History = {
  readonly update: ControllerRevision;
  readonly revisions: readonly ControllerRevision[];
  readonly intents: readonly Intent[];
};

/**
 * The history with the present template in it: newest if it is new, and moved to the end if it is an old one come back
 * (`pkg/controller/history`). `hashLabel` is what a kind calls the hash on its revisions; `minor` is Kubernetes' version.
 */
export function historyOf(
  owner: Owner,
  owned: readonly ControllerRevision[],
  { hashLabel, minor }: { readonly hashLabel: string; readonly minor: number },
): History {
  const revisions = [...owned].sort(
    (left, right) => left.revision - right.revision || compareText(left.metadata.name, right.metadata.name),
  );
  const data = revisionData(owner.spec.template, minor);
  const newest = revisions.at(-1);
  const next = (newest?.revision ?? 0) + 1;
  const found = revisions.findLast((revision) => deepEqual(revision.data, data));
  if (found !== undefined && found === newest) return { update: found, revisions, intents: [] };
  if (found !== undefined) {
    const update = { ...found, revision: next };
    return {
      update,
      revisions: [...revisions.filter((revision) => revision !== found), update],
      intents: [{ type: "update", kind: ControllerRevision, object: update, before: found }],
    };
  }
  const update = newRevision(owner, { data, revision: next, hashLabel });
  return {
    update,
    revisions: [...revisions, update],
    intents: [{ type: "create", kind: ControllerRevision, object: update }],
  };
}

/** The first version whose templates are written without `creationTimestamp: null`. */
const OMITS_NULL_TIMESTAMPS = 34;

/** As Go writes it, byte by byte: kubectl compares it with the template it is to roll back to. */
function revisionData(template: PodTemplateSpec, minor: number): Readonly<Record<string, unknown>> {
  const timestamp = minor < OMITS_NULL_TIMESTAMPS ? { creationTimestamp: null } : {};
  const metadata = { ...timestamp, ...template.metadata };
  return JSON.parse(stableJson({ spec: { template: { ...template, metadata, $patch: "replace" } } }));
}

function newRevision(
  owner: Owner,
  content: { readonly data: Readonly<Record<string, unknown>>; readonly revision: number; readonly hashLabel: string },
): ControllerRevision {
  const { name, namespace } = owner.metadata;
  const hash = templateHash(content.data, owner.status?.collisionCount);
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...owner.spec.template.metadata?.labels, [content.hashLabel]: hash },
      ownerReferences: [ownerReference(owner)],
    },
    data: content.data,
    revision: content.revision,
  };
}

/** The template a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { template } = (revision.data as { spec: { template: PodTemplateSpec & { readonly $patch?: string } } }).spec;
  const { $patch: _, metadata, ...rest } = template;
  return metadata === undefined ? rest : { ...rest, metadata: withoutNullTimestamp(metadata) };
}

function withoutNullTimestamp(metadata: NonNullable<PodTemplateSpec["metadata"]>): typeof metadata {
  const { creationTimestamp: _, ...rest } = metadata as typeof metadata & { readonly creationTimestamp?: null };
  return rest;
}

/** Deletes the oldest revisions no pod is of, beyond the limit (`truncateHistory`). */
export function truncateHistory(
  owner: Owner,
  revisions: readonly ControllerRevision[],
  isLive: (revision: ControllerRevision) => boolean,
): readonly Intent[] {
  const idle = revisions.filter((revision) => !isLive(revision));
  const surplus = idle.length - (owner.spec.revisionHistoryLimit ?? 10);
  return surplus <= 0 ? [] : idle.slice(0, surplus).map((revision) => deletion(ControllerRevision, revision));
}
