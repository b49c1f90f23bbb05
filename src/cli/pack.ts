import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Run by npm around packing. Types are not stripped under node_modules, so the package carries JavaScript: `prepack` builds `dist/` and
 * points the manifest at it, `postpack` puts the manifest back.
 */
const ROOT = resolve(import.meta.dirname, "../..");
const MANIFEST = resolve(ROOT, "package.json");
const KEPT = resolve(ROOT, "generated/package.json.kept");

type Manifest = Readonly<Record<string, unknown>>;

function prepack(): void {
  rmSync(resolve(ROOT, "dist"), { recursive: true, force: true });
  const compiler = resolve(ROOT, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", resolve(ROOT, "src/tsconfig.build.json")], { stdio: "inherit" });
  mkdirSync(dirname(KEPT), { recursive: true });
  copyFileSync(MANIFEST, KEPT);
  const manifest = JSON.parse(readFileSync(MANIFEST, "utf8")) as Manifest;
  const packed = {
    ...manifest,
    bin: { atoll: "dist/cli/main.js" },
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    scripts: {},
    devDependencies: {},
  };
  writeFileSync(MANIFEST, `${JSON.stringify(packed, null, 2)}\n`);
}

function postpack(): void {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
}

if (process.argv[2] === "postpack") postpack();
else prepack();
