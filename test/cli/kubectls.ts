import { readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

export type Kubectl = { readonly name: string; readonly program: string };

/** Every kubectl beside the one on the path, such as `kubectl.1.27`, oldest first; that one alone where there are no others. */
export function kubectls(): readonly Kubectl[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const program = folders.map((folder) => join(folder, "kubectl")).find(exists);
  if (program === undefined) {
    process.stderr.write("skipped: kubectl is not on this machine\n");
    return [];
  }
  const folder = dirname(realpathSync(program));
  const versioned = readdirSync(folder)
    .filter((name) => /^kubectl\.\d+\.\d+$/.test(name))
    .sort((left, right) => minorOf(left) - minorOf(right))
    .map((name) => ({ name, program: join(folder, name) }));
  if (versioned.length === 0) process.stderr.write("skipped: only one version of kubectl is on this machine\n");
  return versioned.length === 0 ? [{ name: "kubectl", program }] : versioned;
}

function exists(path: string): boolean {
  try {
    return realpathSync(path) !== "";
  } catch {
    return false;
  }
}

function minorOf(name: string): number {
  return Number(name.slice(name.lastIndexOf(".") + 1));
}
