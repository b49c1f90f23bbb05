import type { Pod } from "../../api/index.ts";
import { getPath } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";

/** What a pod may refer to, by the plural of its kind. */
export type ReferredKind = "configmaps" | "persistentvolumeclaims" | "resourceclaims" | "secrets" | "serviceaccounts";

/** The names of the objects of a kind that a pod uses, wherever its spec names them (`pkg/api/v1/pod.Visit…Names`). */
export function namesUsedBy(pod: Pod, kind: ReferredKind): ReadonlySet<string> {
  const { spec } = pod;
  switch (kind) {
    case "serviceaccounts":
      return new Set([spec.serviceAccountName ?? "default"]);
    case "persistentvolumeclaims":
      return new Set((spec.volumes ?? []).flatMap((volume) => claimOf(pod, volume)));
    case "resourceclaims":
      return new Set(resourceClaims(pod));
    case "configmaps":
      return namesUnder(spec, /^configMap(?:Ref|KeyRef)?$/);
    case "secrets":
      return namesUnder(spec, /^(?:secret|secretRef|secretKeyRef|imagePullSecrets|nodePublishSecretRef|azureFile)$/);
  }
}

function claimOf(pod: Pod, volume: { readonly name: string }): readonly string[] {
  const claim = getPath(volume, ["persistentVolumeClaim", "claimName"]);
  if (typeof claim === "string") return [claim];
  return "ephemeral" in volume ? [`${pod.metadata.name}-${volume.name}`] : [];
}

function resourceClaims(pod: Pod): readonly string[] {
  const stated = getPath(pod, ["spec", "resourceClaims"]);
  const made = getPath(pod, ["status", "resourceClaimStatuses"]);
  const all = [...(Array.isArray(stated) ? stated : []), ...(Array.isArray(made) ? made : [])];
  return all.map((claim) => String(getPath(claim, ["resourceClaimName"]) ?? ""));
}

/** Names in the objects, or lists of objects, that stand under some fields. */
function namesUnder(value: unknown, fields: RegExp): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (part: unknown, isReference: boolean): void => {
    if (Array.isArray(part)) for (const item of part) visit(item, isReference);
    else if (isRecord(part)) {
      if (isReference) for (const name of [part.name, part.secretName]) if (typeof name === "string") names.add(name);
      for (const [field, inner] of Object.entries(part)) visit(inner, fields.test(field));
    }
  };
  visit(value, false);
  return names;
}
