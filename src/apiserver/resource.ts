import type { ResourceDescriptor } from "../api/index.ts";
import { apiVersionOf, type Kind, type KubeObject, type Unstructured, unstructured } from "../apimachinery/index.ts";
import type { Bucket } from "../store/index.ts";
import type { AdmissionPlugin } from "./admission.ts";
import type { VersionConverter } from "./crd/webhook-conversion.ts";
import type { Journal } from "./suspension.ts";
import type { ObjectReader } from "./virtual-resource.ts";

/** The bucket of a resource, which all its versions share. */
export function bucketName(kind: { readonly group: string; readonly plural: string }): string {
  return `${kind.group}/${kind.plural}`;
}

type Shape = (object: Unstructured) => Unstructured;

/** One served version of one resource: its descriptor, where its objects are, and how they read in this version. */
export class Resource {
  readonly descriptor: ResourceDescriptor;
  readonly kind: Kind<KubeObject>;
  readonly apiVersion: string;
  readonly listKind: string;
  readonly bucket: Bucket;
  /** The version objects are stored in; others differ from it by `apiVersion`, and by what the descriptor's conversion says. */
  readonly storageApiVersion: string;
  /** Defined by a CustomResourceDefinition: pruned, defaulted and validated by its schema on every write. */
  readonly custom: boolean;
  readonly plugins: readonly AdmissionPlugin[];
  /** Said to whoever uses a version that is on its way out. */
  readonly deprecation: string | undefined;
  /** Asks a webhook for other versions; what it has to ask for suspends the request. */
  readonly #converter: VersionConverter | undefined;
  /** Stands in for the bucket, which stays empty then. */
  readonly #reader: ObjectReader | undefined;
  /** What its schema makes of an object stored under another: pruned, defaults filled in; the same reference where nothing changes. */
  readonly #shape: Shape | undefined;
  readonly #shaped = new WeakMap<Unstructured, Unstructured>();
  readonly #presented = new WeakMap<Unstructured, Unstructured>();
  readonly #presentedLists = new WeakMap<readonly Unstructured[], readonly Unstructured[]>();

  constructor(options: {
    readonly descriptor: ResourceDescriptor;
    readonly bucket: Bucket;
    readonly storageApiVersion: string;
    readonly custom: boolean;
    readonly reader: ObjectReader | undefined;
    readonly converter?: VersionConverter | undefined;
    readonly deprecation?: string | undefined;
    readonly shape?: Shape | undefined;
    readonly plugins: readonly AdmissionPlugin[];
  }) {
    this.descriptor = options.descriptor;
    this.kind = options.descriptor.kind;
    this.apiVersion = apiVersionOf(this.kind);
    this.listKind = options.descriptor.listKind ?? `${this.kind.kind}List`;
    this.bucket = options.bucket;
    this.storageApiVersion = options.storageApiVersion;
    this.custom = options.custom;
    this.plugins = options.plugins;
    this.#reader = options.reader;
    this.#converter = options.converter;
    this.deprecation = options.deprecation;
    this.#shape = options.shape;
  }

  /** Nothing of it is stored. */
  get isVirtual(): boolean {
    return this.#reader !== undefined;
  }

  /** Upstream knows it as a Go type: decoded into a struct, listed without the kind of each item. */
  get typed(): boolean {
    return !this.custom && this.descriptor.schema === undefined;
  }

  /** It is only ever asked, as reviews are: there is nothing to read. */
  get askedOnly(): boolean {
    const { verbs } = this.descriptor;
    return verbs?.length === 1 && verbs[0] === "create";
  }

  get isNamespace(): boolean {
    return this.kind.group === "" && this.kind.plural === "namespaces";
  }

  get isCustomResourceDefinition(): boolean {
    return this.kind.group === "apiextensions.k8s.io" && this.kind.plural === "customresourcedefinitions";
  }

  /** A stored object as this version shows it; the same reference when it is the stored version. */
  present(stored: Unstructured): Unstructured {
    if (stored.apiVersion === this.apiVersion) return this.#shapedOf(stored);
    if (this.#converter !== undefined)
      return this.#shapedOf(this.#converter.present([stored], this.apiVersion)[0] ?? stored);
    let presented = this.#presented.get(stored);
    if (presented === undefined) {
      const { conversion } = this.descriptor;
      const converted = conversion === undefined ? stored : unstructured(conversion.fromStorage(stored));
      presented = { ...converted, apiVersion: this.apiVersion };
      this.#presented.set(stored, presented);
    }
    return this.#shapedOf(presented);
  }

  /** Each object is looked at once, unless it was written under this very schema. */
  #shapedOf(object: Unstructured): Unstructured {
    if (this.#shape === undefined) return object;
    let shaped = this.#shaped.get(object);
    if (shaped === undefined) {
      shaped = this.#shape(object);
      this.#shaped.set(object, shaped);
    }
    return shaped;
  }

  /** As {@link present} for several objects, which are asked for at once. */
  presentAll(stored: readonly Unstructured[]): readonly Unstructured[] {
    // A definition that changed its storage version leaves objects of the former one behind.
    const isOfThis = stored.every((object) => object.apiVersion === this.apiVersion);
    if (isOfThis && this.#shape === undefined) return stored;
    if (!isOfThis && this.#converter !== undefined)
      return this.#converter.present(stored, this.apiVersion).map((object) => this.#shapedOf(object));
    const presented = stored.map((object) => this.present(object));
    return presented.every((object, index) => object === stored[index]) ? stored : presented;
  }

  /** An object just stored, as the version it was written in shows it; nobody has to be asked. */
  presentWritten(stored: Unstructured, written: Unstructured): Unstructured {
    if (this.#shape !== undefined && stored.apiVersion === this.apiVersion) this.#shaped.set(stored, stored);
    if (this.#converter === undefined || stored.apiVersion === this.apiVersion) return this.present(stored);
    const { resourceVersion } = stored.metadata;
    const metadata = resourceVersion === undefined ? written.metadata : { ...written.metadata, resourceVersion };
    const presented = { ...written, metadata };
    this.#converter.remember(stored, presented);
    return presented;
  }

  /** An object of this version as the bucket keeps it. */
  toStorage(object: Unstructured, journal?: Journal): Unstructured {
    if (object.apiVersion === this.storageApiVersion) return object;
    if (this.#converter !== undefined) return this.#converter.toStorage(object, this.storageApiVersion, journal);
    const { conversion } = this.descriptor;
    const converted = conversion === undefined ? object : unstructured(conversion.toStorage(object));
    return { ...converted, apiVersion: this.storageApiVersion };
  }

  get(namespace: string | undefined, name: string): Unstructured | undefined {
    if (this.#reader !== undefined) return readObject(this.#reader, name, namespace);
    const stored = this.bucket.get(this.kind.namespaced ? (namespace ?? "") : "", name);
    return stored === undefined ? undefined : this.present(stored);
  }

  list(namespace?: string): readonly Unstructured[] {
    if (this.#reader !== undefined) return this.#reader.list(namespace).map(unstructured);
    const stored = this.bucket.list(this.kind.namespaced ? namespace : undefined);
    let presented = this.#presentedLists.get(stored);
    if (presented === undefined) {
      presented = this.presentAll(stored);
      this.#presentedLists.set(stored, presented);
    }
    return presented;
  }
}

function readObject(reader: ObjectReader, name: string, namespace: string | undefined): Unstructured | undefined {
  const object = reader.get(name, namespace);
  return object === undefined ? undefined : unstructured(object);
}

/** The Go package of a kind's internal type, as messages name it. */
export function internalPackage({ kind }: Resource): string {
  const [name = ""] = kind.group.split(".");
  return name === "" || name === "events" ? "core" : name;
}
