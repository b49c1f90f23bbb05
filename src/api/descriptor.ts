import type { FieldError, JsonSchema, Kind, KubeObject } from "../apimachinery/index.ts";

/** A printed cell: text, a number, or `undefined` for `<none>`-like absence (printed as Kubernetes prints null: empty). */
export type Cell = string | number | boolean | undefined;

/** One column of the Table a cluster prints for a kind. */
export type PrinterColumn<T extends KubeObject = KubeObject> = {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  /** `name` marks the identifying column; a kind that has one prints no Name before it (Event). */
  readonly format?: string;
  readonly description?: string;
  /** 0 (the default) is always shown, 1 only with `-o wide`. */
  readonly priority?: number;
  /** First and last minor version of Kubernetes 1.x that prints it. */
  readonly sinceMinor?: number;
  readonly untilMinor?: number;
  readonly value: (object: T, nowMs: number) => Cell;
};

/** What a row of a Table says of its object beside the cells (meta/v1 TableRowCondition). */
export type RowCondition = {
  readonly type: "Completed";
  readonly status: "True";
  readonly reason: string;
  readonly message: string;
};

/** What is particular to a kind; every function is pure and returns its argument when there is nothing to do. */
export type Strategy<T extends KubeObject = KubeObject> = {
  /** Fills in defaults, on create and on every update. */
  readonly applyDefaults?: (object: T) => T;
  /** Adjusts a new object before validation (drop a status the user sent, set `phase`). Generic metadata is the server's matter. */
  readonly prepareForCreate?: (object: T) => T;
  /** A new object with what follows from it as admission left it. */
  readonly firstState?: (object: T) => T;
  /** Adjusts an update; keeps what only the server may change. `status` is already kept when the kind has that subresource. */
  readonly prepareForUpdate?: (object: T, before: T) => T;
  /** Adjusts a write of the status, which keeps everything else as it was; `now` is the present time as objects carry it. */
  readonly prepareStatus?: (object: T, before: T, now: string) => T;
  /** Everything that is wrong with an object; `before` is what an update starts from, whose unchanged parts are known to be right. */
  readonly validate?: (object: T, before?: T) => readonly FieldError[];
  /** In addition to `validate`. */
  readonly validateUpdate?: (object: T, before: T) => readonly FieldError[];
  readonly validateStatus?: (object: T, before: T) => readonly FieldError[];
  /** What the client is warned of though the object is right (`WarningsOnCreate`, `WarningsOnUpdate`); `before` is absent for a new one. */
  readonly warnings?: (object: T, before?: T) => readonly string[];
  /** The same for a write of the status. */
  readonly statusWarnings?: (object: T, before: T) => readonly string[];
  /** Subresources that write a part of the object, in place of `prepareForUpdate`, `validate` and `validateUpdate`. */
  readonly parts?: Readonly<Record<string, StrategyOfPart<T>>>;
  /** Seconds of grace a deletion gets when the request names none; 0 or absent deletes at once (pods: spec's value, 0 if unscheduled). */
  readonly deletionGraceSeconds?: (object: T) => number;
  /**
   * What the first deletion makes of an object already marked, for kinds that only then begin to end (namespaces, definitions);
   * `now` is the present time as objects carry it.
   */
  readonly beginDeletion?: (object: T, now: string) => T;
  /** Checks `metadata.name`; the texts that say what is wrong with it. DNS-1123 subdomain when absent. */
  readonly validateName?: (name: string) => readonly string[];
};

/** How a subresource writes its part: what it takes from the object sent, and what may be wrong with that. */
type StrategyOfPart<T extends KubeObject> = {
  readonly prepare: (object: T, before: T) => T;
  readonly validate: (object: T, before: T) => readonly FieldError[];
};

/** A resource as data: everything the API server must know to serve it. A kind with no special rule has no strategy. */
export type ResourceDescriptor<T extends KubeObject = KubeObject> = {
  readonly kind: Kind<T>;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** `<Kind>List` when absent. */
  readonly listKind?: string;
  /** Has a status subresource: writes of the main resource keep status, writes of `/status` keep everything else. */
  readonly status?: boolean;
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath?: string;
  };
  /** Subresources beside status and scale: `binding`, `eviction`, `log`, `exec`, `token`, … */
  readonly subresources?: readonly string[];
  /** All verbs when absent; reviews have only `create`. */
  readonly verbs?: readonly string[];
  /** `metadata.generation` is kept: 1 on create, +1 when anything but status and metadata (beside what is named) changes. */
  readonly generation?: boolean | "labels" | "annotations";
  /** Its spec stays as it was created, and is owned by nobody (`GetResetFields`). */
  readonly specIsFixed?: true;
  /** What it owns stays when it goes, unless the deletion says otherwise (`DefaultGarbageCollectionPolicy`). */
  readonly orphansDependents?: true;
  /** What is said to those who delete without saying what is to become of what it owns. */
  readonly deletionWarning?: string;
  /** Who deletes it is shown it as it last was, in place of a Status (`ReturnDeletedObject`). */
  readonly answersDeleted?: true;
  readonly strategy?: Strategy<T>;
  /** Columns after Name; Age is added by the server when absent altogether. */
  readonly columns?: readonly PrinterColumn<T>[];
  /** What rows of Tables say of an object beside its cells, where they say anything. */
  readonly rowConditions?: (object: T) => readonly RowCondition[] | undefined;
  /** Field selectors beside metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  /** What is said of a field that is not among them, where upstream has words of its own. */
  readonly unselectable?: (field: string) => string;
  /** Lists, by dotted path through other lists, written as null while there are none (Go's fields without `omitempty`). */
  readonly nullLists?: readonly string[];
  /** Own schema, for kinds that are no built-ins of Kubernetes; built-ins get theirs from the schema source by kind. */
  readonly schema?: JsonSchema;
  /**
   * How objects of this version are kept when another version of the resource is the stored one; they differ by `apiVersion`
   * alone when absent. Both functions are pure, and each undoes the other.
   */
  readonly conversion?: {
    readonly toStorage: (object: T) => KubeObject;
    readonly fromStorage: (object: KubeObject) => T;
  };
  /** The kind as which objects are kept, when it is of another group: events.k8s.io shows what the core group has. */
  readonly storedAs?: Kind<KubeObject>;
  /** What an update may do beyond the usual (`AllowCreateOnUpdate`), and must (`AllowUnconditionalUpdate` denied). */
  readonly update?: { readonly createsMissing?: boolean; readonly needsVersion?: boolean };
  /** From which minor version on its users are warned, and what they are to use instead, if there is anything. */
  readonly deprecated?: { readonly sinceMinor: number; readonly use?: string };
  /** First and last minor version of Kubernetes 1.x that serves it. */
  readonly sinceMinor?: number;
  readonly untilMinor?: number;
};

/** Checks a descriptor's types and forgets the object type, so that descriptors of all kinds fit one list. */
export function defineResource<T extends KubeObject>(descriptor: ResourceDescriptor<T>): ResourceDescriptor;
export function defineResource(descriptor: ResourceDescriptor): ResourceDescriptor {
  return descriptor;
}
