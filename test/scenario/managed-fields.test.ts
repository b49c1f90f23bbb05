import { afterAll, beforeAll, expect, it } from "vitest";
import { World } from "../../src/scenario/index.ts";
import { ask } from "./door.ts";

type Entry = {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1: Readonly<Record<string, object>>;
};
type Shown = { readonly metadata: { readonly name: string; readonly managedFields?: readonly Entry[] } };

let world: World;
beforeAll(async () => {
  world = await World.create({ members: [{ name: "m" }] });
  const container = { name: "c", image: "nginx" };
  const labels = { app: "web" };
  const headers = { "user-agent": "kubectl/v1.34.0 (linux/amd64)" };
  const body = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  };
  expect(ask(door(), `POST ${DEPLOYMENTS}`, { body, headers }).code).toBe(201);
  await world.settle();
});
afterAll(() => world.stop());

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const door = () => world.httpHandler("m");
const read = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  ask(door(), `GET ${path}`, { headers }).json();
const entriesOf = (shown: unknown): readonly Entry[] => (shown as Shown).metadata.managedFields ?? [];
const who = (shown: unknown): readonly string[] =>
  entriesOf(shown).map(({ manager, operation, subresource = "-" }) => `${manager} ${operation} ${subresource}`);
const firstOf = (path: string): Shown => (read(path) as { items: readonly Shown[] }).items[0] as Shown;

it("shows what components of a cluster own of what they write", () => {
  const deployment = read(`${DEPLOYMENTS}/web`);
  expect(who(deployment)).toEqual(["kube-controller-manager Update status", "kubectl Update -"]);
  // The revision is written with the status.
  expect(entriesOf(deployment)[0]?.fieldsV1).toMatchObject({
    "f:metadata": { "f:annotations": { "f:deployment.kubernetes.io/revision": {} } },
    "f:status": { "f:availableReplicas": {}, "f:conditions": { ".": {} } },
  });
  expect(who(firstOf("/apis/apps/v1/namespaces/default/replicasets"))).toEqual([
    "kube-controller-manager Update -",
    "kube-controller-manager Update status",
  ]);
  const pod = firstOf("/api/v1/namespaces/default/pods");
  expect(who(pod)).toEqual(["kube-controller-manager Update -", "kubelet Update status"]);
  const [spec, podStatus] = entriesOf(pod);
  expect(spec?.fieldsV1).toMatchObject({ "f:metadata": { "f:generateName": {} } });
  // Nobody owns what a binding says.
  expect(spec?.fieldsV1["f:spec"]).not.toHaveProperty("f:nodeName");
  expect(podStatus?.fieldsV1).toMatchObject({ "f:status": { "f:phase": {}, "f:podIPs": {} } });
  expect(podStatus?.time).toMatch(/Z$/);
});

it("shows it in every form that shows managed fields, and to watches", async () => {
  const pods = "/api/v1/namespaces/default/pods";
  const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  const { items } = read(pods, { accept }) as { items: readonly Shown[] };
  expect(who(items[0])).toEqual(["kube-controller-manager Update -", "kubelet Update status"]);
  const watch = ask(door(), `GET ${pods}?watch=1`);
  await world.settle();
  expect(who((JSON.parse(watch.text().split("\n")[0] ?? "") as { object: Shown }).object)).toContain(
    "kubelet Update status",
  );
});

it("lets writes through the door go on from there", async () => {
  const patch = { "content-type": "application/merge-patch+json", "user-agent": "me" };
  const path = `${DEPLOYMENTS}/web`;
  const { metadata } = read(path) as { metadata: { resourceVersion: string } };
  const same = ask(door(), `PATCH ${path}`, { body: { metadata: { name: "web" } }, headers: patch });
  expect(same.json()).toMatchObject({ metadata: { resourceVersion: metadata.resourceVersion } });
  ask(door(), `PATCH ${path}`, { body: { metadata: { labels: { a: "b" } } }, headers: patch });
  expect(who(read(path))).toEqual(["kube-controller-manager Update status", "kubectl Update -", "me Update -"]);
  await world.settle();
  const apply = { "content-type": "application/apply-patch+yaml" };
  const body = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { annotations: { "deployment.kubernetes.io/revision": "9" } },
  };
  const conflict = ask(door(), `PATCH ${path}?fieldManager=other`, { body, headers: apply });
  expect(conflict.json()).toMatchObject({
    code: 409,
    message: expect.stringContaining('conflict with "kube-controller-manager" with subresource "status"'),
  });
});
