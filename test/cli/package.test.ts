import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ran, run } from "./served-fleet.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PARTS = ["src", "crds", "samples", "package.json", "tsconfig.json", "README.md", "LICENSE", ".npmrc"];
const folder = mkdtempSync(join(tmpdir(), "atoll-package-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** npm, with the Node that runs these tests. */
function npm(cwd: string, ...argv: readonly string[]): Promise<Ran> {
  const path = `${resolve(process.execPath, "..")}:${process.env.PATH}`;
  return run("npm", ["--prefix", cwd, "--no-audit", "--no-fund", ...argv], {
    env: { ...process.env, PATH: path, INIT_CWD: cwd },
    cwd,
  });
}

describe("the packed package", () => {
  const user = join(folder, "user");
  beforeAll(async () => {
    const checkout = join(folder, "checkout");
    for (const part of PARTS) cpSync(join(ROOT, part), join(checkout, part), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"));
    const packed = await npm(checkout, "pack", "--pack-destination", folder);
    expect(packed.code, packed.stderr).toBe(0);
    const tarball = packed.stdout.trim().split("\n").at(-1) ?? "";
    cpSync(join(ROOT, "test/cli/fixtures/user"), user, { recursive: true });
    const installed = await npm(user, "install", "--prefer-offline", "--ignore-scripts", join(folder, tarball));
    expect(installed.code, installed.stderr).toBe(0);
  });

  it("runs a sample by its command", async () => {
    const installed = join(user, "node_modules/atoll-k8s");
    const ran = await run(process.execPath, [
      join(user, "node_modules/.bin/atoll"),
      "run",
      "-q",
      join(installed, "samples/multicluster-dns/scenario.yaml"),
    ]);
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toContain("multicluster-dns passed");
    expect(ran.code).toBe(0);
  });

  it("is imported as a library, with types", async () => {
    writeFileSync(
      join(user, "use.mjs"),
      'import { World } from "atoll-k8s";\nconst world = await World.create({ members: [{ name: "one" }] });\nawait world.settle();\nconsole.log((await world.host.list("clusters")).length);\nawait world.stop();\n',
    );
    expect((await run(process.execPath, [join(user, "use.mjs")])).stdout).toBe("1\n");
    const checked = await run(
      process.execPath,
      [
        join(ROOT, "node_modules/typescript/bin/tsc"),
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--module",
        "nodenext",
        "--target",
        "esnext",
        "--types",
        "",
        join(user, "use.ts"),
      ],
      { cwd: user },
    );
    expect(checked.stdout).toBe("");
  });
});
