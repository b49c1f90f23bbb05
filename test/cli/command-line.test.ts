import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { atoll, serve } from "./served-fleet.ts";

const folder = mkdtempSync(join(tmpdir(), "atoll-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function scenario(name: string, steps: string): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(
    file,
    `apiVersion: atoll.dev/v1alpha1\nkind: Scenario\nmetadata: {name: ${name}}\nspec:\n  steps:\n${steps}`,
  );
  return file;
}

describe("atoll run", () => {
  it("exits 1 when an expectation fails, says which, with a diff, and runs catch and finally", async () => {
    const file = scenario(
      "wrong",
      `  - name: create
    try:
    - create: {resource: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {k: v}}}
    - assert: {resource: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {k: w}}, timeout: 1s}
    - delete: {ref: {apiVersion: v1, kind: ConfigMap, name: a}}
    catch:
    - get: {resource: configmaps, name: a}
    finally:
    - advance: {duration: 1s}
  - name: never played
    try:
    - advance: {duration: 1s}
`,
    );
    const ran = await atoll("run", file);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("ConfigMap default/a in host is not as expected");
    expect(ran.stdout).toMatch(/data\.k\n +- "w"\n +\+ "v"/);
    expect(ran.stdout).toContain(`${file}:9:7`);
    expect(ran.stdout).toContain("1 s later");
    expect(ran.stdout).not.toContain("never played");
  });

  it("plays the same story with the same trace hash, and another seed with another", async () => {
    const file = scenario(
      "same",
      `  - name: a\n    try:\n    - create: {resource: {apiVersion: v1, kind: Secret, metadata: {generateName: a-, namespace: default}}}\n`,
    );
    const hash = async (seed: string): Promise<string | undefined> =>
      /trace ([0-9a-f]{8})/.exec((await atoll("run", "-q", file, "--seed", seed)).stdout)?.[1];
    const [first, second, other] = [await hash("5"), await hash("5"), await hash("6")];
    expect(first).toBeDefined();
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it("writes a JUnit report", async () => {
    const report = join(folder, "report.xml");
    await atoll(
      "run",
      "-q",
      "--junit",
      report,
      scenario("fine", "  - name: <a & b>\n    try:\n    - advance: {duration: 1h}\n"),
    );
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(report, "utf8")).toContain('<testcase classname="fine" name="&#60;a &#38; b&#62;"');
  });

  it("gives scripts a kubeconfig of the cluster and tells when they fail", async () => {
    const file = scenario(
      "script",
      `  - name: a\n    try:\n    - script: {cluster: member1, content: 'grep -c current-context "$KUBECONFIG"', expect: {stdout: "1\\n"}}\n    - script: {content: exit 3}\n`,
    );
    const ran = await atoll("run", file);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("expected exit code 0, got 3");
  });

  it.each([
    ["a file that is not there", ["run", "/nowhere.yaml"], "cannot read /nowhere.yaml: no such file"],
    ["an unknown command", ["fly"], "unknown command 'fly'"],
    ["an option that is no number", ["up", "--members", "many"], "expected a whole number"],
    ["a fleet and a count", ["up", "-f", "x.yaml", "--members", "2"], "expected either --file or --members"],
    ["an unknown measure", ["bench", "beauty"], "no measure is called beauty"],
  ])("says in one sentence what is wrong with %s", async (_what, argv, sentence) => {
    const ran = await atoll(...argv);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(sentence);
    expect(ran.stderr).not.toContain("    at ");
  });
});

describe("atoll up", () => {
  it("stops cleanly on SIGINT and SIGTERM", async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const fleet = await serve("--members", "1");
      expect(fleet.printed).toMatch(/^host https:\/\/127\.0\.0\.1:\d+$/m);
      expect(fleet.printed).toMatch(/^member1 dns 127\.0\.0\.1:\d+$/m);
      expect(await fleet.stop(signal)).toBe(0);
    }
  });

  it("names the port that is in use", async () => {
    const blocker = createServer();
    const port = await new Promise<number>((done) =>
      blocker.listen(0, "127.0.0.1", () => done((blocker.address() as { port: number }).port)),
    );
    const ran = await atoll("up", "--members", "1", "--port", String(port), "--kubeconfig-dir", folder);
    blocker.close();
    expect(ran.code).toBe(1);
    expect(ran.stderr).toBe(`atoll: port ${port} on 127.0.0.1 is already in use\n`);
  });

  it("names the kubeconfig folder that cannot be written", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    chmodSync(file, 0o444);
    const ran = await atoll("up", "--members", "1", "--kubeconfig-dir", join(file, "inside"));
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^atoll: cannot make the kubeconfig folder .*a-file\/inside: /);
  });
});
