import { expect, it } from "vitest";
import { World } from "../../src/scenario/index.ts";

const GROUP = "stable.example.com";
const version = (name: string, storage: boolean) => ({
  name,
  storage,
  served: true,
  schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
});
const clientConfig = { service: { namespace: "default", name: "converter", path: "/crdconvert", port: 9443 } };

it("a webhook behind a Service converts custom resources, and is told of when it is away", async () => {
  const world = await World.create({ members: [{ name: "m1" }], seed: 1 });
  const member = world.member("m1");
  for (const one of [
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `tests.${GROUP}` },
      spec: {
        group: GROUP,
        scope: "Namespaced",
        names: { plural: "tests", kind: "Test" },
        versions: [version("v1", true), version("v2", false)],
        conversion: { strategy: "Webhook", webhook: { clientConfig, conversionReviewVersions: ["v1"] } },
      },
    },
  ])
    await member.apply(one);
  const test = { apiVersion: `${GROUP}/v2`, kind: "Test", metadata: { name: "t" }, host: "h", port: "80" };
  await expect(member.apply(test)).rejects.toThrow('service "converter" not found');
  for (const one of [
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "converter", labels: { app: "converter" } },
      spec: {
        containers: [
          {
            name: "c",
            image: "registry.k8s.io/e2e-test-images/agnhost:2.53",
            args: ["crd-conversion-webhook", "--port=9444"],
            ports: [{ containerPort: 9444 }],
          },
        ],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "converter" },
      spec: { selector: { app: "converter" }, ports: [{ port: 9443, targetPort: 9444 }] },
    },
  ])
    await member.apply(one);
  await world.settle();
  await member.apply(test);
  expect(await member.get({ apiVersion: `${GROUP}/v1`, kind: "Test" }, "t")).toMatchObject({
    apiVersion: `${GROUP}/v1`,
    hostPort: "h:80",
  });
  // Deleting the definition takes objects of either version along, though nobody converts them any more.
  const name = `tests.${GROUP}`;
  const versions = [version("v1", false), version("v2", true)];
  await member.patch("customresourcedefinitions", name, { spec: { versions } });
  await member.apply({ ...test, metadata: { name: "t2" } });
  await member.delete("services", "converter");
  await member.delete("customresourcedefinitions", name);
  await world.settle();
  expect(await member.get("customresourcedefinitions", name)).toBeUndefined();
  await world.stop();
});
