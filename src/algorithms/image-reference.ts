import type { ImageOverrider } from "../api/index.ts";

/** A container image's name in its parts; a tag and a digest do not go together. */
export type ImageReference = {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
};

const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/** Splits an image's name; what comes before the first slash is a registry if it has a dot or a port, or is `localhost`. */
export function parseImageReference(image: string): ImageReference {
  const at = image.indexOf("@");
  const beforeDigest = at < 0 ? image : image.slice(0, at);
  const colon = beforeDigest.lastIndexOf(":");
  const hasTag = colon > beforeDigest.lastIndexOf("/");
  const name = hasTag ? beforeDigest.slice(0, colon) : beforeDigest;
  const tag = hasTag ? beforeDigest.slice(colon + 1) : "";
  const slash = name.indexOf("/");
  const head = name.slice(0, Math.max(slash, 0));
  const hasRegistry = slash >= 0 && (/[.:]/.test(head) || head === "localhost");
  return {
    registry: hasRegistry ? head : "",
    repository: hasRegistry ? name.slice(slash + 1) : name,
    tag,
    digest: tag === "" && at >= 0 ? image.slice(at + 1) : "",
  };
}

/** Joins the parts again. */
function formatImageReference({ registry, repository, tag, digest }: ImageReference): string {
  const name = registry === "" ? repository : `${registry}/${repository}`;
  if (tag !== "") return `${name}:${tag}`;
  return digest === "" ? name : `${name}@${digest}`;
}

/** An image as the overrider wants it (`pkg/util/overridemanager/imageoverride.go`). */
export function overrideImage(image: string, overrider: ImageOverrider): string {
  const reference = parseImageReference(image);
  const changed = (before: string): string => {
    if (overrider.operator === "remove") return "";
    return overrider.operator === "add" ? before + (overrider.value ?? "") : (overrider.value ?? "");
  };
  switch (overrider.component) {
    case "Registry":
      return formatImageReference({ ...reference, registry: changed(reference.registry) });
    case "Repository":
      return formatImageReference({ ...reference, repository: changed(reference.repository) });
    case "Tag":
      return formatImageReference(withTagOrDigest(reference, changed(reference.tag || reference.digest)));
  }
}

/** What reads as neither a tag nor a digest changes nothing. */
function withTagOrDigest(reference: ImageReference, value: string): ImageReference {
  if (value === "") return reference.tag === "" ? { ...reference, digest: "" } : { ...reference, tag: "" };
  if (TAG.test(value)) return { ...reference, tag: value, digest: "" };
  return DIGEST.test(value) ? { ...reference, tag: "", digest: value } : reference;
}
