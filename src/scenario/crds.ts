import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import type { CustomResourceDefinition } from "../api/index.ts";

const FOLDER = resolve(import.meta.dirname, "../../crds");
const CACHE = resolve(import.meta.dirname, "../../generated/crds.json");

/**
 * The custom resources a host serves, from `crds/`. Parsing that much YAML takes longer than booting a fleet, so the parsed form is
 * kept in an ignored file for as long as the files stay as they are.
 */
export function readHostCrds(): readonly CustomResourceDefinition[] {
  const files = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".yaml"))
    .sort();
  const fingerprint = files.map((name) => fingerprintOf(name)).join(" ");
  const cached = readCache();
  if (cached?.fingerprint === fingerprint) return cached.crds;
  const crds = files.map((name) => parse(readFileSync(join(FOLDER, name), "utf8")) as CustomResourceDefinition);
  writeCache({ fingerprint, crds });
  return crds;
}

type Cache = { readonly fingerprint: string; readonly crds: readonly CustomResourceDefinition[] };

function fingerprintOf(name: string): string {
  const { size, mtimeMs } = statSync(join(FOLDER, name));
  return `${name}:${size}:${mtimeMs}`;
}

function readCache(): Cache | undefined {
  try {
    return JSON.parse(readFileSync(CACHE, "utf8")) as Cache;
  } catch {
    // Not there yet, or cut short by a crash: it is made again.
    return undefined;
  }
}

function writeCache(cache: Cache): void {
  const draft = `${CACHE}.${process.pid}`;
  try {
    mkdirSync(resolve(CACHE, ".."), { recursive: true });
    writeFileSync(draft, JSON.stringify(cache));
    renameSync(draft, CACHE);
  } catch (error) {
    // A read-only installation only boots slower.
    if (!["EACCES", "EROFS", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
