import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, has, type ServedFleet, serve } from "./served-fleet.ts";

const SAMPLE = join(import.meta.dirname, "../../samples/multicluster-dns");
const sample = (name: string): string => join(SAMPLE, `${name}.yaml`);
const columns = (text: string): string[][] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/\s{2,}|\s(?=True|False)/));
const header = (text: string): string[] => (text.split("\n")[0] ?? "").trim().split(/\s{2,}|\s+/);

describe.skipIf(!has("kubectl"))("stock kubectl against a served fleet", () => {
  let fleet: ServedFleet;
  beforeAll(async () => {
    fleet = await serve("-f", sample("fleet"));
  });
  afterAll(async () => {
    await fleet.stop();
  });

  it("S4-01 lists the clusters with Karmada's columns, and serves Karmada's groups", async () => {
    const { stdout } = await fleet.host("get", "clusters");
    expect(header(stdout)).toEqual(["NAME", "VERSION", "MODE", "READY", "AGE"]);
    expect(
      columns(stdout)
        .slice(1)
        .map((row) => [row[0], row[2], row[3]]),
    ).toEqual([
      ["member1", "Push", "True"],
      ["member2", "Push", "True"],
    ]);
    const versions = (await fleet.host("api-versions")).stdout.split("\n");
    expect(versions).toEqual(
      expect.arrayContaining([
        "policy.karmada.io/v1alpha1",
        "work.karmada.io/v1alpha2",
        "cluster.karmada.io/v1alpha1",
        "multicluster.x-k8s.io/v1alpha1",
      ]),
    );
  });

  it("S4-02 applies the workload with the words of the seed; the second time only the policy, whose selectors the host completes, is sent again", async () => {
    const first = await fleet.host("apply", "-f", sample("workload"));
    expect(first.stderr).toBe("");
    expect(first.stdout).toBe(
      "deployment.apps/serve created\nservice/serve created\npropagationpolicy.policy.karmada.io/mcs-workload created\n",
    );
    const again = await fleet.host("apply", "-f", sample("workload"));
    expect(again.stdout).toBe(
      "deployment.apps/serve unchanged\nservice/serve unchanged\npropagationpolicy.policy.karmada.io/mcs-workload configured\n",
    );
  });

  it("S4-03 S4-04 shows the workload on both sides", async () => {
    await fleet.host("wait", "--for=jsonpath={.status.readyReplicas}=2", "deployment/serve", "--timeout=20s");
    const { stdout } = await fleet.host("get", "deploy", "serve");
    expect(columns(stdout)[1]?.slice(0, 4)).toEqual(["serve", "2/2", "2", "2"]);
    expect((await fleet.member("member2", "get", "deploy", "serve")).stderr).toBe(
      'Error from server (NotFound): deployments.apps "serve" not found\n',
    );
    const bindings = await eventually(
      () => fleet.host("get", "rb"),
      (seen) => (seen.stdout.match(/True\s+True/g) ?? []).length === 2,
    );
    expect(header(bindings.stdout)).toEqual(["NAME", "SCHEDULED", "FULLYAPPLIED", "AGE"]);
    const works = await fleet.host("get", "works", "-n", "karmada-es-member1");
    expect(header(works.stdout)).toContain("APPLIED");
    const pods = await fleet.member("member1", "get", "pods", "-o", "wide");
    expect(header(pods.stdout).slice(0, 7)).toEqual(["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]);
    expect(pods.stdout).toMatch(
      /serve-[a-z0-9]{8,10}-[a-z0-9]{5} +1\/1 +Running +0 +\S+ +10\.10\.0\.\d+ +member1-control-plane/,
    );
  });

  it("describes, scales, watches and deletes", async () => {
    const described = await fleet.host("describe", "deployment", "serve");
    expect(described.code).toBe(0);
    expect(described.stdout).toContain("Name:                   serve");
    expect((await fleet.host("scale", "deploy/serve", "--replicas=3")).stdout).toBe("deployment.apps/serve scaled\n");
    const scaled = await fleet.member(
      "member1",
      "wait",
      "--for=jsonpath={.status.readyReplicas}=3",
      "deployment/serve",
      "--timeout=20s",
    );
    expect(scaled.stdout).toBe("deployment.apps/serve condition met\n");
    const watched = fleet.host("get", "configmaps", "-w", "--request-timeout=3s", "-o", "name");
    await fleet.kubectl(["apply", "-f", "-"], {
      input: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: seen, namespace: default}\ndata: {a: b}\n",
    });
    expect((await watched).stdout).toContain("configmap/seen");
    expect((await fleet.host("delete", "configmap", "seen")).stdout).toMatch(/^configmap "seen" deleted/);
  });

  it("S4-11 S4-13 the kinds reach the members, whose short names kubectl knows at once", async () => {
    await fleet.host("apply", "-f", sample("crd-policies"));
    const crd = await eventually(
      () => fleet.member("member2", "get", "crd", "serviceimports.multicluster.x-k8s.io"),
      (seen) => seen.code === 0,
    );
    expect(crd.stdout).toContain("serviceimports.multicluster.x-k8s.io");
    expect((await fleet.member("member2", "get", "svcim")).stderr).toBe("No resources found in default namespace.\n");
    const bad = await fleet.kubectl(["--context", "member2", "apply", "-f", "-"], {
      config: "members",
      input: "apiVersion: multicluster.x-k8s.io/v1alpha1\nkind: ServiceImport\nmetadata: {name: bad}\nspec: {}\n",
    });
    expect(bad.stderr).toContain("spec.ports: Required value");
    expect(bad.stderr).toContain("spec.type: Required value");
  });

  it("S4-20 S4-24 the import brings derived-serve and its slice to member2", async () => {
    await fleet.host("apply", "-f", sample("export"));
    await fleet.host("apply", "-f", sample("import"));
    const slices = await eventually(
      () => fleet.member("member2", "get", "endpointslices"),
      (seen) => seen.stdout.includes("imported-member1-serve"),
    );
    expect(slices.stdout).toMatch(/imported-member1-serve-[a-z0-9]{5} +IPv4 +8080 +10\.10\.0\.\d+,10\.10\.0\.\d+/);
    const services = await fleet.member("member2", "get", "svc", "-A");
    expect(header(services.stdout)).toEqual([
      "NAMESPACE",
      "NAME",
      "TYPE",
      "CLUSTER-IP",
      "EXTERNAL-IP",
      "PORT(S)",
      "AGE",
    ]);
    const rows = services.stdout
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((row) => row.split(/\s+/));
    expect(rows.map((row) => [row[0], row[1], row[2], row[4], row[5]])).toEqual([
      ["default", "derived-serve", "ClusterIP", "<none>", "80/TCP"],
      ["default", "kubernetes", "ClusterIP", "<none>", "443/TCP"],
      ["kube-system", "kube-dns", "ClusterIP", "<none>", "53/UDP,53/TCP,9153/TCP"],
    ]);
    expect(rows[0]?.[3]).toMatch(/^10\.13\./);
    expect(rows.slice(1).map((row) => row[3])).toEqual(["10.13.0.1", "10.13.0.10"]);
  });

  it("S4-23 switches contexts", async () => {
    const { stdout } = await fleet.kubectl(["config", "use-context", "member2"], { config: "members" });
    expect(stdout).toBe('Switched to context "member2".\n');
    const contexts = await fleet.host("config", "get-contexts", "-o", "name");
    expect(contexts.stdout).toBe("karmada-apiserver\nkarmada-host\n");
  });

  it.skipIf(!has("dig"))("answers dig", async () => {
    const answer = await eventually(
      () => fleet.dig("member2", "+short", "serve.default.svc.clusterset.local"),
      (seen) => seen.stdout !== "",
    );
    expect(answer.stdout).toMatch(/^10\.13\.\d+\.\d+\n$/);
    expect((await fleet.dig("member2", "+tcp", "+short", "kubernetes.default.svc.cluster.local")).stdout).toBe(
      "10.13.0.1\n",
    );
    expect((await fleet.dig("member2", "serve.default.svc.cluster.local")).stdout).toContain("status: NXDOMAIN");
  });

  it("tells what is wrong with what it is given", async () => {
    const apply = (input: string) => fleet.kubectl(["apply", "-f", "-"], { input });
    expect((await apply("apiVersion: nobody.example/v1\nkind: Nothing\nmetadata: {name: x}\n")).stderr).toContain(
      'no matches for kind "Nothing" in version "nobody.example/v1"',
    );
    const policy = await apply(
      "apiVersion: policy.karmada.io/v1alpha1\nkind: PropagationPolicy\nmetadata: {name: x}\nspec: {}\n",
    );
    expect(policy.stderr).toContain("spec.resourceSelectors: Required value");
    expect((await fleet.host("get", "deploy", "absent")).stderr).toBe(
      'Error from server (NotFound): deployments.apps "absent" not found\n',
    );
    expect((await fleet.host("get", "nonsense")).stderr).toBe(
      `error: the server doesn't have a resource type "nonsense"\n`,
    );
  });
});
