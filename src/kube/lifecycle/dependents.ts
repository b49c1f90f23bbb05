import { type Kind, type KubeObject, kindKey, type OwnerReference, objectKey } from "../../apimachinery/index.ts";
import type { Key } from "../../controller/index.ts";
import { compareText } from "../../std/index.ts";

/**
 * Who depends on whom, by the owner's address: what lets the garbage collector go from an owner to its dependents without
 * looking through anything else. Whether an owner exists, and with that UID, is asked of the caches.
 */
export class Dependents {
  readonly #byOwner = new Map<string, Map<string, Key>>();
  readonly #owners = new Map<string, readonly Key[]>();

  /** Records the owners of an object, in place of those it had. */
  set(dependent: Key, owners: readonly Key[]): void {
    const id = idOf(dependent);
    if (!this.#owners.has(id) && owners.length === 0) return;
    this.remove(dependent);
    if (owners.length === 0) return;
    this.#owners.set(id, owners);
    for (const owner of owners) {
      const address = ownerAddress(owner);
      const keys = this.#byOwner.get(address) ?? new Map<string, Key>();
      keys.set(id, dependent);
      this.#byOwner.set(address, keys);
    }
  }

  /** Forgets an object that is gone; where its owners were. */
  remove(dependent: Key): readonly Key[] {
    const id = idOf(dependent);
    const owners = this.#owners.get(id) ?? [];
    this.#owners.delete(id);
    for (const owner of owners) {
      const address = ownerAddress(owner);
      const keys = this.#byOwner.get(address);
      keys?.delete(id);
      if (keys?.size === 0) this.#byOwner.delete(address);
    }
    return owners;
  }

  /** Those that name that owner, in order. */
  of(owner: Key): readonly Key[] {
    const keys = this.#byOwner.get(ownerAddress(owner));
    if (keys === undefined) return [];
    return [...keys].sort(([left], [right]) => compareText(left, right)).map(([, key]) => key);
  }
}

/** Where an owner would be: its group, kind, namespace and name; versions do not matter. */
export function ownerAddress({ kind, namespace, name }: Key): string {
  return `${kind.group}/${kind.kind}/${namespace ?? ""}/${name}`;
}

/** The owner a reference leads to: a namespaced one is looked for in the dependent's own namespace. */
export function ownerKey(reference: OwnerReference, kind: Kind<KubeObject>, dependent: KubeObject): Key {
  const { name } = reference;
  return kind.namespaced ? { kind, name, namespace: dependent.metadata.namespace ?? "" } : { kind, name };
}

export function keyOfObject(kind: Kind<KubeObject>, { metadata }: KubeObject): Key {
  return metadata.namespace === undefined
    ? { kind, name: metadata.name }
    : { kind, name: metadata.name, namespace: metadata.namespace };
}

function idOf(key: Key): string {
  return `${kindKey(key.kind)} ${objectKey(key)}`;
}
