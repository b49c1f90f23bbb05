import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { has, type Ran, type ServedFleet, serve } from "./served-fleet.ts";

type Entry = {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: Readonly<Record<string, unknown>>;
};

const settings = (name: string, data: Readonly<Record<string, string>>): string =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const deployment = (name: string, image: string, replicas?: number): string =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "web", image, ports: [{ containerPort: 80 }] }] },
      },
    },
  });

describe.skipIf(!has("kubectl"))("stock kubectl's server-side apply", () => {
  let fleet: ServedFleet;
  beforeAll(async () => {
    fleet = await serve("--members", "1");
  });
  afterAll(async () => {
    await fleet.stop();
  });

  const apply = (input: string, ...flags: readonly string[]): Promise<Ran> =>
    fleet.kubectl(["apply", "--server-side", "-f", "-", ...flags], { input });
  const entries = async (...what: readonly string[]): Promise<readonly Entry[]> => {
    const { stdout } = await fleet.host("get", ...what, "-o", "json", "--show-managed-fields");
    return (
      (JSON.parse(stdout) as { readonly metadata: { readonly managedFields?: readonly Entry[] } }).metadata
        .managedFields ?? []
    );
  };
  const version = async (...what: readonly string[]): Promise<string> =>
    (await fleet.host("get", ...what, "-o", "jsonpath={.metadata.resourceVersion}")).stdout;

  it("creates, leaves alone what is as applied, and takes away what is no longer", async () => {
    expect((await apply(settings("plain", { x: "1", y: "1" }))).stdout).toBe("configmap/plain serverside-applied\n");
    const before = await version("cm", "plain");
    await apply(settings("plain", { x: "1", y: "1" }));
    expect(await version("cm", "plain")).toBe(before);
    await apply(settings("plain", { x: "1" }));
    expect((await fleet.host("get", "cm", "plain", "-o", "jsonpath={.data}")).stdout).toBe('{"x":"1"}');
    expect(await entries("cm", "plain")).toMatchObject([
      { manager: "kubectl", operation: "Apply", fieldsV1: { "f:data": { "f:x": {} } } },
    ]);
  });

  it("tells of conflicts, shows them in a diff, and overrules them when told to", async () => {
    await apply(settings("fought", { x: "1" }));
    await fleet.host("patch", "cm", "fought", "--type", "merge", "-p", '{"data":{"x":"2"}}');
    const refused = await apply(settings("fought", { x: "1" }));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'error: Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: .data.x\nPlease review the fields above',
    );
    const diff = await fleet.kubectl(["diff", "--server-side", "--force-conflicts", "-f", "-"], {
      input: settings("fought", { x: "1" }),
    });
    expect(diff.code).toBe(1);
    expect(diff.stdout).toContain('-  x: "2"\n+  x: "1"');
    const forced = await apply(settings("fought", { x: "1" }), "--force-conflicts");
    expect(forced.stdout).toBe("configmap/fought serverside-applied\n");
    expect((await entries("cm", "fought")).map(({ manager }) => manager)).toEqual(["kubectl"]);
  });

  it("shares what two managers say alike", async () => {
    await apply(settings("shared", { x: "1", y: "1" }), "--field-manager", "one");
    await apply(settings("shared", { x: "1" }), "--field-manager", "two");
    await apply(settings("shared", {}), "--field-manager", "one");
    expect((await fleet.host("get", "cm", "shared", "-o", "jsonpath={.data}")).stdout).toBe('{"x":"1"}');
  });

  it("takes over what was applied client-side, and hides managed fields unless asked", async () => {
    await fleet.kubectl(["apply", "-f", "-"], { input: deployment("moved", "nginx:1", 1) });
    const [created] = await entries("deploy", "moved");
    expect(created).toMatchObject({ manager: "kubectl-client-side-apply", operation: "Update" });
    expect(JSON.stringify(created?.fieldsV1)).toContain(
      '"f:containers":{"k:{\\"name\\":\\"web\\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:ports":{".":{},"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{},"f:protocol":{}}}',
    );
    expect((await apply(deployment("moved", "nginx:2", 1))).stdout).toBe("deployment.apps/moved serverside-applied\n");
    const after = await entries("deploy", "moved");
    expect(after.filter(({ operation }) => operation === "Apply").map(({ manager }) => manager)).toEqual(
      // kubectl moves what its client-side apply owned to this manager, for the annotation alone.
      ["kubectl-last-applied", "kubectl"],
    );
    expect(after.map(({ manager }) => manager)).not.toContain("kubectl-client-side-apply");
    expect((await fleet.host("get", "deploy", "moved", "-o", "yaml")).stdout).not.toContain("managedFields");
    const back = (): Promise<Ran> => fleet.kubectl(["apply", "-f", "-"], { input: deployment("moved", "nginx:2", 1) });
    // The annotation the server kept lacks the empty annotations kubectl writes into its own.
    expect((await back()).stdout).toBe("deployment.apps/moved configured\n");
    expect((await back()).stdout).toBe("deployment.apps/moved unchanged\n");
  });

  it("meets whoever scaled, and leaves replicas to an autoscaler that owns them", async () => {
    await apply(deployment("scaled", "nginx", 1));
    await fleet.host("scale", "deploy/scaled", "--replicas", "3");
    expect(await entries("deploy", "scaled")).toMatchObject([
      { manager: "kubectl", operation: "Apply" },
      { manager: "kubectl", operation: "Update", subresource: "scale", fieldsV1: { "f:spec": { "f:replicas": {} } } },
    ]);
    expect((await apply(deployment("scaled", "nginx", 1))).stderr).toContain(
      'conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
    );
    await apply(deployment("scaled", "nginx"));
    expect((await fleet.host("get", "deploy", "scaled", "-o", "jsonpath={.spec.replicas}")).stdout).toBe("3");
  });

  it("applies a status on its own, and Karmada's policies by their schema", async () => {
    await apply(deployment("stated", "nginx"));
    const status = JSON.stringify({ ...JSON.parse(deployment("stated", "other")), status: { replicas: 7 } });
    await apply(status, "--subresource", "status", "--field-manager", "reporter");
    const { stdout } = await fleet.host("get", "deploy", "stated", "-o", "jsonpath={.status.replicas} {..image}");
    expect(stdout).toMatch(/^\d+ nginx$/);
    const policy = (names: readonly string[]): string =>
      JSON.stringify({
        apiVersion: "policy.karmada.io/v1alpha1",
        kind: "PropagationPolicy",
        metadata: { name: "stated" },
        spec: {
          resourceSelectors: [{ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "plain" }],
          placement: { clusterAffinity: { clusterNames: names } },
        },
      });
    expect((await apply(policy(["member1"]))).stdout).toContain("serverside-applied");
    expect((await apply(policy(["member2"]), "--field-manager", "other")).stderr).toContain(
      'conflict with "kubectl": .spec.placement.clusterAffinity.clusterNames',
    );
    const unknown = await apply(JSON.stringify({ ...JSON.parse(policy([])), extra: 1 }));
    expect(unknown.stderr).toContain(".extra: field not declared in schema");
  });
});
