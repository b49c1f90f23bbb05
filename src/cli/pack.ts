import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { build } from "rolldown";

/**
 * Run by npm around packing. Types are not stripped under node_modules, so the package carries JavaScript: `prepack` builds `dist/` and
 * points the manifest at it, `postpack` puts the manifest back. The JavaScript is bundled, since a start is mostly finding and reading
 * modules; declarations are a file each.
 */
const ROOT = resolve(import.meta.dirname, "../..");
const MANIFEST = resolve(ROOT, "package.json");
const KEPT = resolve(ROOT, "generated/package.json.kept");
const DIST = resolve(ROOT, "dist");
/** The library, the command, and what is run beside it as a thread or a process of its own: each found by its name in the folder of the rest. */
const ENTRIES = {
  index: "src/index.ts",
  "cli/main": "src/cli/main.ts",
  "cli/dns-worker": "src/serving/dns/dns-worker.ts",
  "cli/dns-load": "src/cli/bench/dns-load.ts",
};

type Manifest = Readonly<Record<string, unknown>>;

async function prepack(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  await build({
    cwd: ROOT,
    input: ENTRIES,
    platform: "node",
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
    output: { dir: DIST, format: "esm", entryFileNames: "[name].js", chunkFileNames: "cli/[name].js" },
    logLevel: "warn",
  });
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
else await prepack();
