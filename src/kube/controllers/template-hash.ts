import type { PodTemplateSpec } from "../../api/index.ts";
import { NAME_ALPHABET } from "../../sim/index.ts";
import { fnv1a32, stableJson } from "../../std/index.ts";

/**
 * The hash that names a template's ReplicaSet or revision: the decimal digits of an FNV hash in letters that spell no words
 * (`controller.ComputeHash`). The digits differ from upstream's, which hashes Go's own printing of the struct.
 */
export function templateHash(template: PodTemplateSpec | unknown, collisionCount: number | undefined): string {
  return safeEncode(fnv1a32(stableJson(template) + (collisionCount === undefined ? "" : `/${collisionCount}`)));
}

function safeEncode(hash: number): string {
  let text = "";
  for (const digit of `${hash}`) text += NAME_ALPHABET[digit.charCodeAt(0) % NAME_ALPHABET.length];
  return text;
}
