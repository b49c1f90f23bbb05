import {
  failure,
  groupResource,
  type Kind,
  type KubeObject,
  type ObjectOf,
  parseLabelSelector,
  StatusError,
  type Unstructured,
} from "../apimachinery/index.ts";
import type { Answer, ApiRequest, RequestOptions } from "../apiserver/index.ts";
import type { ClusterClient, DiscoveredKind } from "../client/index.ts";
import type { HttpHandler } from "../serving/index.ts";
import { isRecord } from "../std/index.ts";
import type { Driver } from "./driver.ts";
import { KindLookup, type KindRef } from "./kind-lookup.ts";
import { applyPatch, withLastApplied } from "./manifest-apply.ts";
import { resourceTable, type TableQuery } from "./resource-table.ts";
import { parseManifests } from "./yaml-source.ts";

export type ListOptions = {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
};
export type WriteOptions = { readonly namespace?: string };

/** What `apply` did to one object; `title` is `deployment.apps/serve`. */
export type Applied = {
  readonly title: string;
  readonly change: "created" | "configured" | "unchanged";
  readonly object: Unstructured;
};

type Manifest = Readonly<Record<string, unknown>>;

export type ClusterHandleOptions = {
  readonly name: string;
  readonly client: ClusterClient;
  readonly driver: Driver;
  /** The HTTP door of a simulated cluster; absent for a real one. */
  readonly http?: HttpHandler;
};

/** One cluster of a world, through its API. Failures of the API reject with StatusError. */
export class ClusterHandle {
  readonly name: string;
  readonly client: ClusterClient;
  protected readonly driver: Driver;
  readonly #kinds: KindLookup;
  readonly #http: HttpHandler | undefined;

  constructor(options: ClusterHandleOptions) {
    this.name = options.name;
    this.client = options.client;
    this.driver = options.driver;
    this.#kinds = new KindLookup(options.client, options.driver);
    this.#http = options.http;
  }

  /** Applies YAML text or an object as `kubectl apply` does; unknown fields are refused. */
  async apply(source: string | object): Promise<readonly Applied[]> {
    const applied: Applied[] = [];
    for (const manifest of manifestsOf(source)) applied.push(await this.#applyOne(manifest));
    return applied;
  }

  async create(manifest: object): Promise<Unstructured> {
    const { kind, namespace } = await this.#address(manifest as Manifest);
    return this.send({
      verb: "create",
      kind,
      ...namespace,
      object: manifest as KubeObject,
      options: { fieldValidation: "Strict", fieldManager: "atoll" },
    });
  }

  /** The object, or `undefined` when there is none (or no such kind). */
  async get<K extends Kind<KubeObject>>(kind: K, name: string, namespace?: string): Promise<ObjectOf<K> | undefined>;
  async get(kind: KindRef, name: string, namespace?: string): Promise<Unstructured | undefined>;
  async get(reference: KindRef, name: string, namespace?: string): Promise<Unstructured | undefined> {
    const kind = await this.findKind(reference);
    if (kind === undefined) return undefined;
    const answer = await this.ask({ verb: "get", kind, name, ...scope(kind, namespace) });
    if (answer.ok) return answer.object;
    if (answer.status.code === 404) return undefined;
    throw new StatusError(answer.status);
  }

  async list<K extends Kind<KubeObject>>(kind: K, options?: ListOptions): Promise<readonly ObjectOf<K>[]>;
  async list(kind: KindRef, options?: ListOptions): Promise<readonly Unstructured[]>;
  async list(reference: KindRef, options: ListOptions = {}): Promise<readonly Unstructured[]> {
    const kind = await this.kind(reference);
    const { namespace, ...selectors } = options;
    const { items } = await this.send({
      verb: "list",
      kind,
      ...(kind.namespaced && namespace !== undefined ? { namespace } : {}),
      options: selectors,
    });
    return items as readonly Unstructured[];
  }

  async patch(
    reference: KindRef,
    name: string,
    body: unknown,
    options: WriteOptions & { readonly type?: "merge" | "strategic" | "json"; readonly subresource?: string } = {},
  ): Promise<Unstructured> {
    const kind = await this.kind(reference);
    const { type = "merge", namespace, subresource } = options;
    return this.send({
      verb: "patch",
      kind,
      name,
      ...scope(kind, namespace),
      ...(subresource === undefined ? {} : { subresource }),
      patch: { type, body },
      options: { fieldValidation: "Strict", fieldManager: "atoll" },
    });
  }

  /** Deletes an object; one that is already gone rejects with NotFound. */
  async delete(
    reference: KindRef,
    name: string,
    options: WriteOptions & Pick<RequestOptions, "propagationPolicy" | "gracePeriodSeconds"> = {},
  ): Promise<void> {
    const kind = await this.kind(reference);
    const { namespace, ...rest } = options;
    await this.send({
      verb: "delete",
      kind,
      name,
      ...scope(kind, namespace),
      options: { propagationPolicy: "Background", ...rest },
    });
  }

  /** Scales a workload through its scale subresource. */
  async scale(reference: KindRef, name: string, replicas: number, options: WriteOptions = {}): Promise<void> {
    await this.patch(reference, name, { spec: { replicas } }, { ...options, subresource: "scale" });
  }

  /** Objects a manifest names, or, without a name, those its kind, namespace and labels select. */
  async matching(manifest: Manifest): Promise<readonly Unstructured[]> {
    const kind = await this.findKind({ apiVersion: String(manifest.apiVersion), kind: String(manifest.kind) });
    if (kind === undefined) return [];
    const metadata = isRecord(manifest.metadata) ? manifest.metadata : {};
    const namespace = typeof metadata.namespace === "string" ? metadata.namespace : undefined;
    if (typeof metadata.name === "string") {
      const object = await this.get(kind, metadata.name, namespace);
      return object === undefined ? [] : [object];
    }
    const labels = isRecord(metadata.labels) ? metadata.labels : {};
    const matches = parseLabelSelector(
      Object.entries(labels)
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(","),
    );
    const objects = await this.list(kind, namespace === undefined ? {} : { namespace });
    return objects.filter((object) => matches(object.metadata.labels));
  }

  /** Deletes what {@link matching} finds; the lines kubectl prints. */
  async deleteMatching(manifest: Manifest): Promise<readonly string[]> {
    const shown: string[] = [];
    for (const object of await this.matching(manifest)) {
      const kind = await this.kind({ apiVersion: String(manifest.apiVersion), kind: String(manifest.kind) });
      await this.delete(
        kind,
        object.metadata.name,
        object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace },
      );
      shown.push(`${kind.singular}${kind.group === "" ? "" : `.${kind.group}`} "${object.metadata.name}" deleted`);
    }
    return shown;
  }

  /** One object by name, or a list, by a resource as kubectl takes it. */
  async find(resource: string, query: { readonly name?: string; readonly namespace?: string }): Promise<unknown> {
    const kind = await this.kind(resource);
    if (query.name === undefined)
      return this.list(kind, query.namespace === undefined ? {} : { namespace: query.namespace });
    return this.send({ verb: "get", kind, name: query.name, ...scope(kind, query.namespace) });
  }

  /** What `kubectl get` prints of a resource. Rejects for a real cluster, whose tables are its own kubectl's matter. */
  async table(resource: string, query: TableQuery): Promise<string> {
    if (this.#http === undefined) throw new Error(`${this.name} is a real cluster: ask it with kubectl`);
    return resourceTable(this.#http, await this.kind(resource), query);
  }

  /** `deployment.apps/serve`, as kubectl names an object. */
  async titleOf(object: KubeObject): Promise<string> {
    return title(await this.kind({ apiVersion: object.apiVersion, kind: object.kind }), object.metadata.name);
  }

  /** The kind a reference means. Rejects with the server's words when there is none. */
  async kind(reference: KindRef): Promise<DiscoveredKind> {
    const kind = await this.findKind(reference);
    if (kind !== undefined) return kind;
    const message =
      typeof reference === "string"
        ? `the server doesn't have a resource type "${reference}"`
        : `no matches for kind "${reference.kind}" in version "${"apiVersion" in reference ? reference.apiVersion : groupResource(reference)}"`;
    throw new StatusError(failure("NotFound", `${message} (cluster ${this.name})`));
  }

  protected findKind(reference: KindRef): Promise<DiscoveredKind | undefined> {
    return this.#kinds.find(reference);
  }

  protected ask(request: ApiRequest): Promise<Answer> {
    return this.driver.run(
      (done) => this.client.send(request, done),
      `${request.verb} ${request.kind.plural} in ${this.name}`,
    );
  }

  protected async send(request: ApiRequest): Promise<Unstructured> {
    const answer = await this.ask(request);
    if (!answer.ok) throw new StatusError(answer.status);
    return answer.object;
  }

  async #applyOne(manifest: Manifest): Promise<Applied> {
    const { kind, namespace, name } = await this.#address(manifest);
    const live = await this.get(kind, name, namespace.namespace);
    if (live === undefined) {
      const created = await this.create(withLastApplied(manifest));
      return { title: title(kind, name), change: "created", object: created };
    }
    const patch = applyPatch(manifest, live);
    if (patch === undefined) return { title: title(kind, name), change: "unchanged", object: live };
    const object = await this.patch(kind, name, patch, namespace);
    return {
      title: title(kind, name),
      change: object.metadata.resourceVersion === live.metadata.resourceVersion ? "unchanged" : "configured",
      object,
    };
  }

  async #address(manifest: Manifest): Promise<{
    readonly kind: DiscoveredKind;
    readonly namespace: { readonly namespace?: string };
    readonly name: string;
  }> {
    const kind = await this.kind({ apiVersion: String(manifest.apiVersion), kind: String(manifest.kind) });
    const metadata = isRecord(manifest.metadata) ? manifest.metadata : {};
    return {
      kind,
      namespace: scope(kind, typeof metadata.namespace === "string" ? metadata.namespace : undefined),
      name: String(metadata.name ?? ""),
    };
  }
}

function scope(kind: Kind<KubeObject>, namespace: string | undefined): { readonly namespace?: string } {
  return kind.namespaced ? { namespace: namespace ?? "default" } : {};
}

function title(kind: DiscoveredKind, name: string): string {
  return `${kind.singular}${kind.group === "" ? "" : `.${kind.group}`}/${name}`;
}

function manifestsOf(source: string | object): readonly Manifest[] {
  if (typeof source === "string") return parseManifests(source, "manifest");
  return [source as Manifest];
}
