import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigMap, Deployment, Pod } from "../../src/api/index.ts";
import {
  defineKind,
  type KubeObject,
  type ObjectList,
  type Status,
  type Unstructured,
} from "../../src/apimachinery/index.ts";
import type { Answer, ApiRequest, RawAnswer, WatchEvent, WatchHandle } from "../../src/apiserver/index.ts";
import type { ClusterClient } from "../../src/client/index.ts";

/** A cluster to hold a client to the contract with: fresh, with a namespace `default`, keeping at most 64 changes per resource. */
export type ContractCluster = {
  readonly client: ClusterClient;
  /** Lets what is awaited come, and everything under way arrive: requests, answers, watch events. */
  settle(until?: () => boolean): Promise<void>;
  close(): Promise<void>;
};

export const CONTRACT_HISTORY_LIMIT = 64;

/** What every implementation of the client port does alike. */
export function clientPortContract(name: string, open: () => Promise<ContractCluster>): void {
  describe(`the client port of ${name}`, () => {
    let cluster: ContractCluster;
    beforeEach(async () => {
      cluster = await open();
    });
    afterEach(async () => {
      await cluster.close();
    });
    const door = (): Door => new Door(cluster);
    objectRules(door);
    failureRules(door);
    deletionRules(door);
    patchRules(door);
    listRules(door);
    watchRules(door);
    rawRules(door);
  });
}

/** Asks a cluster and waits for what comes of it. */
class Door {
  readonly #cluster: ContractCluster;

  constructor(cluster: ContractCluster) {
    this.#cluster = cluster;
  }

  settle(until?: () => boolean): Promise<void> {
    return this.#cluster.settle(until);
  }

  /** What a watch has told when it has told so much; more than that would be told too. */
  async told(watched: Watched, count: number): Promise<string[]> {
    await this.#cluster.settle(() => watched.events.length >= count);
    return watched.events.map((event) =>
      event.type === "ERROR" ? `ERROR ${event.status.code}` : `${event.type} ${event.object.metadata.name}`,
    );
  }

  async send(request: ApiRequest): Promise<Answer> {
    let answer: Answer | undefined;
    this.#cluster.client.send(request, (given) => {
      answer = given;
    });
    await this.#cluster.settle(() => answer !== undefined);
    if (answer === undefined) throw new Error(`${request.verb} was not answered`);
    return answer;
  }

  async good(request: ApiRequest): Promise<Unstructured> {
    const answer = await this.send(request);
    if (!answer.ok) throw new Error(`${request.verb} failed: ${answer.status.message}`);
    return answer.object;
  }

  async list(request: ApiRequest): Promise<ObjectList> {
    return (await this.good(request)) as KubeObject as KubeObject & ObjectList;
  }

  async bad(request: ApiRequest): Promise<Status> {
    const answer = await this.send(request);
    if (answer.ok) throw new Error(`${request.verb} succeeded`);
    return answer.status;
  }

  async raw(path: string): Promise<RawAnswer> {
    let answer: RawAnswer | undefined;
    this.#cluster.client.raw(path, (given) => {
      answer = given;
    });
    await this.#cluster.settle(() => answer !== undefined);
    if (answer === undefined) throw new Error(`${path} was not answered`);
    return answer;
  }

  watch(request: ApiRequest): Watched {
    const events: WatchEvent[] = [];
    const watched = { events, ends: 0 };
    const handle = this.#cluster.client.watch(request, {
      onEvent: (event) => void events.push(event),
      onEnd: () => {
        watched.ends++;
      },
    });
    return Object.assign(watched, { stop: () => handle.stop() });
  }

  create(
    name: string,
    more: Partial<ConfigMap> = {},
    labels?: Readonly<Record<string, string>>,
  ): Promise<Unstructured> {
    const metadata = { name, namespace: "default", ...(labels === undefined ? {} : { labels }), ...more.metadata };
    return this.good({
      verb: "create",
      kind: ConfigMap,
      namespace: "default",
      object: { apiVersion: "v1", kind: "ConfigMap", ...more, metadata } as ConfigMap,
    });
  }
}

type Watched = WatchHandle & { readonly events: readonly WatchEvent[]; readonly ends: number };
type Open = () => Door;

const inDefault = { kind: ConfigMap, namespace: "default" } as const;

const replicated = (replicas: number): KubeObject => {
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  const metadata = { name: "web", namespace: "default" };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec } as KubeObject;
};

function objectRules(open: Open): void {
  it("fills in what the server owns, and gives back what was written", async () => {
    const door = open();
    const created = await door.create("web", { data: { color: "blue" } });
    expect(created).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", data: { color: "blue" } });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.metadata.creationTimestamp).toMatch(/Z$/);
    expect(await door.good({ verb: "get", ...inDefault, name: "web" })).toEqual(created);
  });

  it("makes a name of a generateName", async () => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "", generateName: "web-" } };
    const created = await open().good({ verb: "create", ...inDefault, object });
    expect(created.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it("changes the resourceVersion with a change and with nothing else", async () => {
    const door = open();
    const first = await door.create("web", { data: { color: "blue" } });
    const same = await door.good({ verb: "update", ...inDefault, name: "web", object: first });
    expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const changed = { ...first, data: { color: "red" } };
    const second = await door.good({ verb: "update", ...inDefault, name: "web", object: changed });
    expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
  });

  it("keeps spec and status apart, and counts generations of the spec", async () => {
    const door = open();
    const deployments = { kind: Deployment, namespace: "default", name: "web" } as const;
    const created = await door.good({ verb: "create", ...deployments, object: replicated(1) });
    expect(created.metadata.generation).toBe(1);
    const status = { ...created, spec: { ...replicated(7) }, status: { observedGeneration: 1 } } as KubeObject;
    const observed = await door.good({ verb: "update", ...deployments, subresource: "status", object: status });
    expect(observed).toMatchObject({ spec: { replicas: 1 }, status: { observedGeneration: 1 } });
    expect(observed.metadata.generation).toBe(1);
    const scaled = { ...observed, spec: { ...(observed.spec as object), replicas: 2 }, status: {} } as KubeObject;
    const updated = await door.good({ verb: "update", ...deployments, object: scaled });
    expect(updated).toMatchObject({ spec: { replicas: 2 }, status: { observedGeneration: 1 } });
    expect(updated.metadata.generation).toBe(2);
  });

  it("tries without doing under dryRun", async () => {
    const door = open();
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" } };
    await door.good({ verb: "create", ...inDefault, object, options: { dryRun: true } });
    expect((await door.bad({ verb: "get", ...inDefault, name: "web" })).reason).toBe("NotFound");
  });
}

function failureRules(open: Open): void {
  it("says NotFound, AlreadyExists and Conflict as Kubernetes does", async () => {
    const door = open();
    expect(await door.bad({ verb: "get", ...inDefault, name: "web" })).toMatchObject({
      code: 404,
      reason: "NotFound",
      message: 'configmaps "web" not found',
    });
    const first = await door.create("web");
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" } };
    expect(await door.bad({ verb: "create", ...inDefault, object })).toMatchObject({
      code: 409,
      reason: "AlreadyExists",
    });
    await door.good({
      verb: "update",
      ...inDefault,
      name: "web",
      object: { ...first, data: { a: "1" } } as KubeObject,
    });
    const stale = { ...first, data: { a: "2" } } as KubeObject;
    expect(await door.bad({ verb: "update", ...inDefault, name: "web", object: stale })).toMatchObject({
      code: 409,
      reason: "Conflict",
    });
  });

  it("lists what is wrong with an invalid object", async () => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "Not_A_Name" } };
    const status = await open().bad({ verb: "create", ...inDefault, object });
    expect(status).toMatchObject({ code: 422, reason: "Invalid" });
    expect(status.details?.causes?.[0]).toMatchObject({ field: "metadata.name" });
  });

  it("knows no kind the cluster does not serve", async () => {
    const kind = defineKind({ group: "example.com", version: "v1", kind: "Foo", plural: "foos", namespaced: true });
    expect(await open().bad({ verb: "list", kind, namespace: "default" })).toMatchObject({ code: 404 });
  });
}

function deletionRules(open: Open): void {
  it("deletes at once, naming what is gone", async () => {
    const door = open();
    const { metadata } = await door.create("web");
    const status = await door.good({ verb: "delete", ...inDefault, name: "web" });
    expect(status).toMatchObject({ kind: "Status", status: "Success", details: { name: "web", uid: metadata.uid } });
    expect((await door.bad({ verb: "delete", ...inDefault, name: "web" })).code).toBe(404);
  });

  it("waits for finalizers, and deletes with the last of them", async () => {
    const door = open();
    await door.create("web", { metadata: { name: "web", finalizers: ["example.com/hold"] } });
    const marked = await door.good({ verb: "delete", ...inDefault, name: "web" });
    expect(marked.metadata.deletionTimestamp).toBeDefined();
    const { finalizers: _, ...metadata } = marked.metadata;
    await door.good({ verb: "update", ...inDefault, name: "web", object: { ...marked, metadata } });
    expect((await door.bad({ verb: "get", ...inDefault, name: "web" })).code).toBe(404);
  });

  it("minds preconditions", async () => {
    const door = open();
    await door.create("web");
    const options = { preconditions: { uid: "another" } };
    expect((await door.bad({ verb: "delete", ...inDefault, name: "web", options })).reason).toBe("Conflict");
  });

  it("deletes a selected collection", async () => {
    const door = open();
    await door.create("a", {}, { tier: "front" });
    await door.create("b", {}, { tier: "back" });
    await door.good({ verb: "deletecollection", ...inDefault, options: { labelSelector: "tier=front" } });
    const { items } = await door.list({ verb: "list", ...inDefault });
    expect(items.map((item) => item.metadata.name)).toEqual(["b"]);
  });
}

function patchRules(open: Open): void {
  const patches: readonly (readonly [string, NonNullable<ApiRequest["patch"]>])[] = [
    ["a JSON patch", { type: "json", body: [{ op: "replace", path: "/data/color", value: "red" }] }],
    ["a merge patch", { type: "merge", body: { data: { color: "red", size: null } } }],
    ["a strategic merge patch", { type: "strategic", body: { data: { color: "red" } } }],
  ];
  it.each(patches)("applies %s", async (_what, patch) => {
    const door = open();
    await door.create("web", { data: { color: "blue" } });
    const patched = await door.good({ verb: "patch", ...inDefault, name: "web", patch });
    expect(patched.data).toEqual({ color: "red" });
  });

  it("refuses a patch of an object that has changed since", async () => {
    const door = open();
    await door.create("web");
    const body = { metadata: { resourceVersion: "1" }, data: { a: "1" } };
    const status = await door.bad({ verb: "patch", ...inDefault, name: "web", patch: { type: "merge", body } });
    expect(status.reason).toBe("Conflict");
  });
}

function listRules(open: Open): void {
  it("lists by namespace and name, narrowed by selectors", async () => {
    const door = open();
    for (const name of ["c", "a", "b"]) await door.create(name, {}, { side: name === "b" ? "left" : "right" });
    const names = async (options: ApiRequest["options"] = {}): Promise<string[]> =>
      (await door.list({ verb: "list", kind: ConfigMap, options })).items.map((item) => item.metadata.name);
    expect(await names()).toEqual(["a", "b", "c"]);
    expect(await names({ labelSelector: "side in (right),side!=left" })).toEqual(["a", "c"]);
    expect(await names({ fieldSelector: "metadata.name=b" })).toEqual(["b"]);
    const status = await door.bad({ verb: "list", kind: ConfigMap, options: { fieldSelector: "data.color=red" } });
    expect(status.code).toBe(400);
  });

  it("pages over one state, whatever is written meanwhile", async () => {
    const door = open();
    for (const name of ["a", "b", "c"]) await door.create(name);
    const first = await door.list({ verb: "list", ...inDefault, options: { limit: 2 } });
    expect(first.metadata.remainingItemCount).toBe(1);
    await door.create("bb");
    await door.good({ verb: "delete", ...inDefault, name: "c" });
    const options = { limit: 2, continue: first.metadata.continue as string };
    const second = await door.list({ verb: "list", ...inDefault, options });
    expect([...first.items, ...second.items].map((item) => item.metadata.name)).toEqual(["a", "b", "c"]);
    expect(second.metadata.continue ?? "").toBe("");
  });
}

function watchRules(open: Open): void {
  it("begins with the present objects, then tells changes in order", async () => {
    const door = open();
    await door.create("a");
    const watched = door.watch({ verb: "watch", ...inDefault });
    await door.settle(() => watched.events.length > 0);
    const b = await door.create("b");
    await door.good({ verb: "update", ...inDefault, name: "b", object: { ...b, data: { x: "1" } } as KubeObject });
    await door.good({ verb: "delete", ...inDefault, name: "a" });
    expect(await door.told(watched, 4)).toEqual(["ADDED a", "ADDED b", "MODIFIED b", "DELETED a"]);
    watched.stop();
    await door.create("c");
    expect([watched.events.length, watched.ends]).toEqual([4, 0]);
  });

  it("resumes after any resourceVersion a list or an event gave", async () => {
    const door = open();
    await door.create("a");
    const { metadata } = await door.list({ verb: "list", ...inDefault });
    await door.create("b");
    await door.create("c");
    const resourceVersion = metadata.resourceVersion;
    const watched = door.watch({ verb: "watch", ...inDefault, options: { resourceVersion } });
    expect(await door.told(watched, 2)).toEqual(["ADDED b", "ADDED c"]);
    watched.stop();
  });

  it("shows selected objects only: they appear and vanish as they change", async () => {
    const door = open();
    const created = await door.create("a", {}, { shown: "no" });
    const watched = door.watch({ verb: "watch", ...inDefault, options: { labelSelector: "shown=yes" } });
    const relabel = async (object: Unstructured, shown: string): Promise<Unstructured> =>
      door.good({
        verb: "update",
        ...inDefault,
        name: "a",
        object: { ...object, metadata: { ...object.metadata, labels: { shown } } },
      });
    const seen = await relabel(created, "yes");
    await door.settle(() => watched.events.length > 0);
    await relabel(seen, "no");
    expect(await door.told(watched, 2)).toEqual(["ADDED a", "DELETED a"]);
    watched.stop();
  });

  it("answers 410 for a resourceVersion it no longer remembers, then ends", async () => {
    const door = open();
    let object = await door.create("a");
    const resourceVersion = object.metadata.resourceVersion as string;
    for (let value = 0; value <= CONTRACT_HISTORY_LIMIT; value++)
      object = await door.good({
        verb: "update",
        ...inDefault,
        name: "a",
        object: { ...object, data: { value: String(value) } } as KubeObject,
      });
    const watched = door.watch({ verb: "watch", ...inDefault, options: { resourceVersion } });
    await door.settle(() => watched.ends > 0);
    expect(await door.told(watched, 1)).toEqual(["ERROR 410"]);
    expect(watched.ends).toBe(1);
  });

  it("tells a watch that cannot be opened why, then ends it", async () => {
    const door = open();
    const watched = door.watch({ verb: "watch", kind: Pod, namespace: "default", options: { fieldSelector: "a.b=c" } });
    await door.settle(() => watched.ends > 0);
    expect(await door.told(watched, 1)).toEqual(["ERROR 400"]);
    expect(watched.ends).toBe(1);
  });
}

function rawRules(open: Open): void {
  it("answers paths that are no resources", async () => {
    const door = open();
    expect(await door.raw("/version")).toMatchObject({ ok: true, body: { major: "1" } });
    expect(await door.raw("/readyz")).toMatchObject({ ok: true, body: "ok" });
    expect(await door.raw("/nowhere")).toMatchObject({ ok: false, status: { code: 404 } });
    const core = await door.raw("/api");
    expect(core).toMatchObject({ ok: true, body: { kind: "APIGroupDiscoveryList" } });
    const groups = await door.raw("/apis");
    expect(JSON.stringify(groups.ok && groups.body)).toContain('"resource":"deployments"');
  });
}
