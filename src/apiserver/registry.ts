import type { ResourceDescriptor } from "../api/index.ts";
import { apiVersionOf, type Kind, type KubeObject, type Unstructured } from "../apimachinery/index.ts";
import type { Store } from "../store/index.ts";
import type { AdmissionPlugin } from "./admission.ts";
import type { VersionConverter } from "./crd/webhook-conversion.ts";
import { bucketName, Resource } from "./resource.ts";
import type { ObjectReader } from "./virtual-resource.ts";

/** A resource a CustomResourceDefinition asks to serve, in one of its versions. */
export type CustomVersion = {
  readonly descriptor: ResourceDescriptor;
  readonly storageVersion: string;
  /** Versions not served are kept for the server's own use when objects are stored in them. */
  readonly served?: boolean;
  readonly converter?: VersionConverter;
  readonly deprecation?: string;
  /** What its schema makes of an object stored under another. */
  readonly shape?: (object: Unstructured) => Unstructured;
};

/** What a server serves at present: built-in resources, overlaid with those of CustomResourceDefinitions. */
export class Registry {
  readonly #store: Store;
  readonly #admission: readonly AdmissionPlugin[];
  readonly #served = new Map<string, Resource>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #custom = new Map<string, readonly Resource[]>();
  /** Custom resources in the version they are stored in, served or not. */
  readonly #storedCustom = new Map<string, Resource>();
  /** The same answers by identity of the kind asked for; emptied whenever what is served changes. */
  #byKind = new Map<Kind<KubeObject>, Resource>();
  #edition = 0;

  constructor(options: {
    readonly store: Store;
    readonly admission: readonly AdmissionPlugin[];
    readonly descriptors: readonly ResourceDescriptor[];
    readonly virtual: readonly (readonly [ResourceDescriptor, ObjectReader])[];
  }) {
    this.#store = options.store;
    this.#admission = options.admission;
    const storageVersions = new Map<string, string>();
    for (const descriptor of options.descriptors) {
      const name = bucketName(descriptor.kind);
      const storageVersion = storageVersions.get(name) ?? descriptor.kind.version;
      storageVersions.set(name, storageVersion);
      const resource = this.#resource({ descriptor, storageVersion }, false);
      this.#served.set(addressOf(resource.kind), resource);
    }
    for (const [descriptor, reader] of options.virtual) {
      const { kind } = descriptor;
      const resource = this.#resource({ descriptor, storageVersion: kind.version }, false, reader);
      this.#served.set(addressOf(kind), resource);
    }
  }

  /** Changes whenever the set of served resources does. */
  get edition(): number {
    return this.#edition;
  }

  lookup(kind: Kind<KubeObject>): Resource | undefined {
    let resource = this.#byKind.get(kind);
    if (resource === undefined) {
      resource = this.#served.get(addressOf(kind));
      if (resource !== undefined) this.#byKind.set(kind, resource);
    }
    return resource;
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#served.get(addressOf({ group, version, plural }));
  }

  /** The resource in whatever version it is served first, for readers who do not care which. */
  findAnyVersion(group: string, plural: string): Resource | undefined {
    for (const resource of this.#served.values())
      if (resource.kind.group === group && resource.kind.plural === plural) return resource;
    return undefined;
  }

  /** Built-in resources in the order of their descriptors, then custom ones in the order they came. */
  resources(): readonly Resource[] {
    return [...this.#served.values()];
  }

  /** Whether there is any resource of a group version. */
  serves(group: string, version: string): boolean {
    return this.#served.values().some(({ kind }) => kind.group === group && kind.version === version);
  }

  hasBuiltIn(group: string, plural: string): boolean {
    const resource = this.findAnyVersion(group, plural);
    return resource !== undefined && !resource.custom;
  }

  /** Serves a custom resource in `versions`, in place of what the same definition served before. A built-in one stays as it is. */
  setCustom(group: string, plural: string, versions: readonly CustomVersion[]): void {
    if (this.hasBuiltIn(group, plural)) return;
    this.#dropCustom(bucketName({ group, plural }));
    const resources: Resource[] = [];
    for (const version of versions) {
      const resource = this.#resource(version, true);
      if (resource.apiVersion === resource.storageApiVersion)
        this.#storedCustom.set(bucketName({ group, plural }), resource);
      if (version.served === false) continue;
      resources.push(resource);
      this.#served.set(addressOf(resource.kind), resource);
    }
    this.#custom.set(bucketName({ group, plural }), resources);
    this.#changed();
  }

  /** A custom resource in the version it is stored in: what the server itself works with. */
  findStoredCustom(group: string, plural: string): Resource | undefined {
    return this.#storedCustom.get(bucketName({ group, plural }));
  }

  removeCustom(group: string, plural: string): void {
    this.#storedCustom.delete(bucketName({ group, plural }));
    this.#dropCustom(bucketName({ group, plural }));
    this.#changed();
  }

  #dropCustom(name: string): void {
    for (const resource of this.#custom.get(name) ?? []) this.#served.delete(addressOf(resource.kind));
    this.#custom.delete(name);
  }

  /** Ends what goes on for a custom resource, as upstream does when it makes its storage anew. */
  renew(group: string, plural: string): void {
    for (const [address, listeners] of [...this.#listeners]) {
      const [of, , resource] = address.split("/");
      if (of === group && resource === plural) for (const notify of [...listeners]) notify();
    }
  }

  /** Calls `notify` once the kind is served no longer, or is served anew; returns how to be spared that. */
  onWithdrawal(kind: Kind<KubeObject>, notify: () => void): () => void {
    const address = addressOf(kind);
    const listeners = this.#listeners.get(address) ?? new Set();
    this.#listeners.set(address, listeners.add(notify));
    return () => {
      listeners.delete(notify);
      if (listeners.size === 0) this.#listeners.delete(address);
    };
  }

  #changed(): void {
    this.#byKind = new Map();
    this.#edition++;
    for (const [address, listeners] of [...this.#listeners])
      if (!this.#served.has(address)) for (const notify of [...listeners]) notify();
  }

  #resource(version: CustomVersion, custom: boolean, reader?: ObjectReader): Resource {
    const { kind, storedAs } = version.descriptor;
    return new Resource({
      descriptor: version.descriptor,
      bucket: this.#store.bucket(bucketName(storedAs ?? kind)),
      storageApiVersion: apiVersionOf(storedAs ?? { group: kind.group, version: version.storageVersion }),
      custom,
      reader,
      converter: version.converter,
      deprecation: version.deprecation,
      shape: version.shape,
      plugins: this.#admission.filter((plugin) => plugin.handles(kind)),
    });
  }
}

function addressOf(kind: { readonly group: string; readonly version: string; readonly plural: string }): string {
  return `${kind.group}/${kind.version}/${kind.plural}`;
}
