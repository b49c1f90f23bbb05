import { groupResource, type Kind, type KubeObject } from "../apimachinery/index.ts";
import { type ClusterClient, type DiscoveredKind, kindsOfDiscovery } from "../client/index.ts";
import type { Driver } from "./driver.ts";

/** A kind, said by its token, by apiVersion and kind, or as kubectl takes it (`deployments`, `deploy`, `Deployment`, `deployments.apps`). */
export type KindRef = Kind<KubeObject> | { readonly apiVersion: string; readonly kind: string } | string;

/** Finds kinds in a cluster's discovery, which is asked again for each question: a CRD applied a moment ago counts. */
export class KindLookup {
  readonly #client: ClusterClient;
  readonly #driver: Driver;
  #documents: readonly unknown[] = [];
  #kinds: readonly DiscoveredKind[] = [];

  constructor(client: ClusterClient, driver: Driver) {
    this.#client = client;
    this.#driver = driver;
  }

  /** The kind a reference means, or `undefined` when the cluster does not serve it or does not answer. */
  async find(reference: KindRef): Promise<DiscoveredKind | undefined> {
    const kinds = await this.#read();
    return kinds.find((kind) => isMeant(kind, reference));
  }

  async #read(): Promise<readonly DiscoveredKind[]> {
    const documents = [await this.#document("/api"), await this.#document("/apis")];
    // In process an unchanged document is the same value.
    if (documents.some((document, index) => document !== this.#documents[index])) {
      this.#documents = documents;
      this.#kinds = documents.flatMap((document) => (document === undefined ? [] : kindsOfDiscovery(document)));
    }
    return this.#kinds;
  }

  #document(path: string): Promise<unknown> {
    return this.#driver.run<unknown>(
      (done) => this.#client.raw(path, (answer) => done(answer.ok ? answer.body : undefined)),
      `discovery of ${this.#client.cluster}`,
    );
  }
}

function isMeant(kind: DiscoveredKind, reference: KindRef): boolean {
  if (typeof reference === "string") {
    const wanted = reference.toLowerCase();
    return [kind.plural, kind.singular, kind.kind.toLowerCase(), groupResource(kind), ...kind.shortNames].includes(
      wanted,
    );
  }
  if (kind.kind !== reference.kind) return false;
  if ("apiVersion" in reference)
    return reference.apiVersion === (kind.group === "" ? kind.version : `${kind.group}/${kind.version}`);
  return kind.group === reference.group && kind.version === reference.version;
}
