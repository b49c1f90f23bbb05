import type { Kind, KubeObject } from "../../apimachinery/index.ts";
import type { Intent } from "../../controller/index.ts";

/** Deletes that very object, not one of its name that came after it. */
export function deletion(
  kind: Kind<KubeObject>,
  { metadata: { name, namespace, uid } }: KubeObject,
): Extract<Intent, { readonly type: "delete" }> {
  return {
    type: "delete",
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
}
