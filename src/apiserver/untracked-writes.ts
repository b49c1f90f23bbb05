import type { ManagedFieldsEntry, Unstructured } from "../apimachinery/index.ts";
import type { Resource } from "./resource.ts";

/** Who wrote, through which part of the resource, and when. */
export type UntrackedWriter = {
  readonly resource: Resource;
  readonly manager: string;
  readonly subresource: string | undefined;
  readonly atMs: number;
};

type Entries = readonly ManagedFieldsEntry[] | undefined;

/** What led to a stored version: a write to `previous`, by `writer` or by nobody's account (a binding, a deletion). */
type Note = {
  readonly previous: Unstructured | undefined;
  readonly writer: UntrackedWriter | undefined;
  readonly depth: number;
};

/** So many writes are remembered of an object before what they came to is worked out. */
const DEPTH_MAX = 16;

/**
 * The managed fields of writes nobody has asked about yet. Writes of components in this process are noted and nothing more;
 * what they own is worked out when somebody is shown the object, from the versions it went through. Writes of one writer in a row
 * count as one.
 */
export class UntrackedWrites {
  readonly #notes = new WeakMap<Unstructured, Note>();
  readonly #shown = new WeakMap<Unstructured, Unstructured>();
  readonly #settle: (live: Unstructured | undefined, next: Unstructured, writer: UntrackedWriter) => Entries;

  constructor(settle: (live: Unstructured | undefined, next: Unstructured, writer: UntrackedWriter) => Entries) {
    this.#settle = settle;
  }

  /** Remembers a write that left the entries as they were; without a writer only where there is something to go on remembering. */
  note(stored: Unstructured, previous: Unstructured | undefined, writer: UntrackedWriter | undefined): void {
    const before = previous === undefined ? undefined : this.#notes.get(previous);
    if (writer === undefined && before === undefined) return;
    if (before?.writer !== undefined && writer !== undefined && isSame(before.writer, writer))
      this.#notes.set(stored, { ...before, writer });
    else if ((before?.depth ?? 0) < DEPTH_MAX)
      this.#notes.set(stored, { previous, writer, depth: (before?.depth ?? 0) + 1 });
    else this.#notes.set(stored, { previous: this.#resolved(previous as Unstructured), writer, depth: 1 });
  }

  /** A stored object with the managed fields it has; the same object when nothing is missing from it. */
  shown(object: Unstructured): Unstructured {
    if (!this.#notes.has(object)) return object;
    let shown = this.#shown.get(object);
    if (shown === undefined) {
      shown = this.#resolved(object);
      this.#shown.set(object, shown);
    }
    return shown;
  }

  #resolved(object: Unstructured): Unstructured {
    const versions: (readonly [Unstructured, UntrackedWriter | undefined])[] = [];
    let known: Unstructured | undefined = object;
    for (let note = this.#notes.get(object); note !== undefined; note = known && this.#notes.get(known)) {
      versions.push([known as Unstructured, note.writer]);
      // What an earlier version came to is known if it was shown.
      known = note.previous && (this.#shown.get(note.previous) ?? note.previous);
    }
    for (const [version, writer] of versions.reverse()) {
      const entries: Entries =
        writer === undefined ? known?.metadata.managedFields : this.#settle(known, version, writer);
      known = withEntries(version, entries);
    }
    return known as Unstructured;
  }
}

function isSame(one: UntrackedWriter, other: UntrackedWriter): boolean {
  return one.resource === other.resource && one.manager === other.manager && one.subresource === other.subresource;
}

function withEntries(object: Unstructured, entries: Entries): Unstructured {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: entries === undefined ? metadata : { ...metadata, managedFields: entries } };
}
