import type { ObjectMeta, Unstructured } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";

type Fields = Readonly<Record<string, unknown>>;

const REVISION_ANNOTATIONS = ["deployment.kubernetes.io/revision", "deployment.kubernetes.io/revision-history"];
const CONTROLLER_UID_LABELS = ["controller-uid", "batch.kubernetes.io/controller-uid"];
const JOB_LABELS = [...CONTROLLER_UID_LABELS, "job-name", "batch.kubernetes.io/job-name"];

/** What is left to do for one kind once metadata and status are cleaned. */
const KIND_RULES: Readonly<Record<string, (object: Unstructured) => Unstructured>> = {
  "apps/v1 Deployment": (object) => withoutAnnotations(object, REVISION_ANNOTATIONS),
  "batch/v1 Job": prunedJob,
  "v1 Secret": prunedSecret,
  "v1 Service": prunedService,
  "v1 ServiceAccount": prunedServiceAccount,
  "v1 PersistentVolumeClaim": (object) => withoutAnnotations(object, ["volume.kubernetes.io/selected-node"]),
};

/**
 * A template without what only its own cluster gave it (`pkg/resourceinterpreter/default/native/prune`): server-set metadata,
 * status, and per kind what a member fills in for itself. The same object when there is nothing to take away.
 */
export function pruned(object: Unstructured): Unstructured {
  const bare = withoutStatus(withPrunedMetadata(object));
  const rule = KIND_RULES[`${object.apiVersion} ${object.kind}`];
  return rule === undefined ? bare : rule(bare);
}

function withPrunedMetadata(object: Unstructured): Unstructured {
  const { metadata } = object;
  if (!hasServerFields(metadata)) return object;
  const { name, generateName, namespace, labels, annotations } = metadata;
  return {
    ...object,
    metadata: {
      name,
      ...(generateName === undefined ? {} : { generateName }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

function hasServerFields(metadata: ObjectMeta): boolean {
  for (const field in metadata) {
    const kept =
      field === "name" ||
      field === "namespace" ||
      field === "labels" ||
      field === "annotations" ||
      field === "generateName";
    if (!kept) return true;
  }
  return false;
}

function withoutStatus(object: Unstructured): Unstructured {
  return without(object, "status");
}

function prunedService(object: Unstructured): Unstructured {
  const spec = recordAt(object, "spec");
  // A headless Service stays headless; any other gets an address of its own cluster. Node ports are kept, as upstream keeps them.
  if (spec === undefined || spec.clusterIP === "None") return object;
  if (spec.clusterIP === undefined && spec.clusterIPs === undefined) return object;
  return { ...object, spec: without(without(spec, "clusterIP"), "clusterIPs") };
}

function prunedServiceAccount(object: Unstructured): Unstructured {
  const { secrets } = object;
  if (!Array.isArray(secrets)) return object;
  const tokenPrefix = `${object.metadata.name}-token-`;
  const kept = secrets.filter((secret) => !(isRecord(secret) && String(secret.name).startsWith(tokenPrefix)));
  return kept.length === secrets.length ? object : { ...object, secrets: kept };
}

function prunedSecret(object: Unstructured): Unstructured {
  if (object.type !== "kubernetes.io/service-account-token") return object;
  return without(withoutAnnotations(object, ["kubernetes.io/service-account.uid"]), "data");
}

function prunedJob(object: Unstructured): Unstructured {
  const spec = recordAt(object, "spec");
  if (spec === undefined) return object;
  const bare = without(spec, "ttlSecondsAfterFinished");
  const own = spec.manualSelector === true ? bare : withoutGeneratedSelector(bare);
  return own === spec ? object : { ...object, spec: own };
}

/** The selector and labels the Job controller made from the template's own UID would match nothing in a member. */
function withoutGeneratedSelector(spec: Fields): Fields {
  const selector = recordAt(spec, "selector");
  const template = recordAt(spec, "template");
  const metadata = template === undefined ? undefined : recordAt(template, "metadata");
  let own = spec;
  if (selector !== undefined)
    own = {
      ...own,
      selector: withoutKeysAt(selector, "matchLabels", CONTROLLER_UID_LABELS),
    };
  if (template !== undefined && metadata !== undefined)
    own = {
      ...own,
      template: {
        ...template,
        metadata: withoutKeysAt(metadata, "labels", JOB_LABELS),
      },
    };
  return own;
}

function withoutAnnotations(object: Unstructured, keys: readonly string[]): Unstructured {
  const metadata = withoutKeysAt(object.metadata, "annotations", keys);
  return metadata === object.metadata ? object : { ...object, metadata: metadata as ObjectMeta };
}

function withoutKeysAt<T extends object>(owner: T, field: keyof T & string, keys: readonly string[]): T {
  const map = owner[field];
  if (!isRecord(map) || !keys.some((key) => key in map)) return owner;
  return {
    ...owner,
    [field]: Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key))),
  };
}

function without<T extends object>(owner: T, field: string): T {
  if (!(field in owner)) return owner;
  const { [field]: _removed, ...rest } = owner as Fields;
  return rest as T;
}

function recordAt(owner: Fields, field: string): Fields | undefined {
  const value = owner[field];
  return isRecord(value) ? value : undefined;
}
