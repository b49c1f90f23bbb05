import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, has, type ServedFleet, serve } from "./served-fleet.ts";

const folder = mkdtempSync(join(tmpdir(), "atoll-real-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const sample = (name: string): string => join(import.meta.dirname, `../../samples/multicluster-dns/${name}.yaml`);

function fleetFile(members: string): string {
  const file = join(folder, "fleet.yaml");
  writeFileSync(file, `apiVersion: atoll.dev/v1alpha1\nkind: Fleet\nspec:\n  members:\n${members}`);
  return file;
}

describe.skipIf(!has("kubectl"))("one process federating to members another process serves", () => {
  let far: ServedFleet;
  let near: ServedFleet;
  beforeAll(async () => {
    far = await serve("--members", "2");
    const kubeconfig = join(far.folder, "members.config");
    near = await serve(
      "-f",
      fleetFile(
        ["member1", "member2"]
          .map((name) => `  - name: ${name}\n    kubeconfig: ${kubeconfig}\n    context: ${name}\n    region: far\n`)
          .join(""),
      ),
    );
  });
  afterAll(async () => {
    await near?.stop();
    await far?.stop();
  });

  it("joins them, Ready", async () => {
    const { stdout } = await near.host(
      "get",
      "clusters",
      "-o",
      "jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=='Ready')].status} {.status.kubernetesVersion}{'\\n'}{end}",
    );
    expect(stdout).toBe("member1=True v1.34.0\nmember2=True v1.34.0\n");
  });

  it("runs the workload in the far member, and shows its status on the template", async () => {
    expect((await near.host("apply", "-f", sample("workload"))).code).toBe(0);
    const ready = await near.host(
      "wait",
      "--for=jsonpath={.status.readyReplicas}=2",
      "deployment/serve",
      "--timeout=20s",
    );
    expect(ready.stdout).toBe("deployment.apps/serve condition met\n");
    const pods = await far.member("member1", "get", "pods", "-l", "app=serve", "-o", "name");
    expect(pods.stdout.trimEnd().split("\n")).toHaveLength(2);
    expect((await far.member("member2", "get", "deployment", "serve")).stderr).toContain("NotFound");
  });

  it("puts a hand edit right, and carries the Service over to the other member", async () => {
    await far.member("member1", "scale", "deployment/serve", "--replicas=1");
    const healed = await eventually(
      () => far.member("member1", "get", "deployment", "serve", "-o", "jsonpath={.spec.replicas}"),
      (seen) => seen.stdout === "2",
    );
    expect(healed.stdout).toBe("2");
    for (const name of ["crd-policies", "export", "import"]) await near.host("apply", "-f", sample(name));
    // The name is asked for once it has an address: until then CoreDNS would keep what it denied.
    const ips = await eventually(
      () => far.member("member2", "get", "serviceimport", "serve", "-o", "jsonpath={.spec.ips[0]}"),
      (seen) => seen.stdout !== "",
    );
    expect(ips.stdout).toMatch(/^10\.13\./);
    const answer = await far.dig("member2", "+short", "serve.default.svc.clusterset.local");
    expect(answer.stdout).toBe(`${ips.stdout}\n`);
  });

  it("removes what it made when the template is deleted", async () => {
    await near.host("delete", "-f", sample("workload"), "--wait=false");
    const gone = await eventually(
      () => far.member("member1", "get", "deployment", "serve"),
      (seen) => seen.stderr.includes("NotFound"),
    );
    expect(gone.stderr).toContain('deployments.apps "serve" not found');
  });
});

describe.skipIf(!has("kubectl"))("a member that cannot be reached", () => {
  it("is told of in one sentence and READY False, and the server stays up", async () => {
    const kubeconfig = join(folder, "gone.config");
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "gone",
        clusters: [{ name: "gone", cluster: { server: "https://127.0.0.1:9" } }],
        users: [{ name: "gone", user: { token: "x" } }],
        contexts: [{ name: "gone", context: { cluster: "gone", user: "gone" } }],
      }),
    );
    const fleet = await serve("-f", fleetFile(`  - name: near\n  - name: gone\n    kubeconfig: ${kubeconfig}\n`));
    try {
      expect(fleet.printed).toMatch(/^gone is not ready: cluster is not reachable$/m);
      const { stdout } = await fleet.host("get", "clusters");
      expect(stdout).toMatch(/near +\S+ +Push +True/);
      expect(stdout).toMatch(/gone +(\S+ +)?Push +False/);
    } finally {
      expect(await fleet.stop()).toBe(0);
    }
  });

  it("whose kubeconfig does not exist ends the command with one sentence", async () => {
    await expect(serve("-f", fleetFile("  - name: gone\n    kubeconfig: /nowhere/config\n"))).rejects.toThrow(
      /atoll: .*\/nowhere\/config/,
    );
  });
});
