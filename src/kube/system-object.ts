import { apiVersionOf, type Kind, type KubeObject } from "../apimachinery/index.ts";

/** An object a new cluster starts with, and its kind. */
export type SystemObject = { readonly kind: Kind<KubeObject>; readonly object: KubeObject };

/** An object of `kind` with its apiVersion and kind filled in. */
export function systemObject<T extends KubeObject>(kind: Kind<T>, body: Omit<T, "apiVersion" | "kind">): SystemObject {
  return { kind, object: { apiVersion: apiVersionOf(kind), kind: kind.kind, ...body } as KubeObject };
}
