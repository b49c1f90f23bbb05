import type { FileSystem } from "../programs/program.ts";

/** A file system of its own: the disk of a machine, or a volume. Paths begin at the root. */
export class Disk implements FileSystem {
  readonly #files = new Map<string, string>();
  readonly #directories: Set<string>;
  readonly #watchers = new Set<{ readonly path: string; readonly changed: () => void }>();

  constructor(directories: readonly string[] = []) {
    this.#directories = new Set(["/", ...directories]);
  }

  read(path: string): string | undefined {
    return this.#files.get(path);
  }

  write(path: string, text: string): void {
    this.#files.set(path, text);
    this.#tell(path);
  }

  remove(path: string): boolean {
    const found = this.#files.delete(path);
    if (found) this.#tell(path);
    return found;
  }

  list(top: string): readonly string[] {
    return [...this.#files.keys()].filter((path) => isWithin(path, top)).sort();
  }

  isDirectory(path: string): boolean {
    return this.#directories.has(path) || (!this.#files.has(path) && this.list(path).length > 0);
  }

  makeDirectory(path: string): void {
    for (let one = path; one !== "/"; one = one.replace(/\/[^/]*$/, "") || "/") this.#directories.add(one);
  }

  removeDirectory(path: string): boolean {
    const found = this.isDirectory(path);
    for (const one of [...this.#directories]) if (one !== "/" && isWithin(one, path)) this.#directories.delete(one);
    return found;
  }

  entries(path: string): readonly string[] {
    return entriesIn([...this.list(path), ...this.#directories], path);
  }

  /** Calls `changed` whenever a file at or below a path changes, until the returned function is called. */
  watch(path: string, changed: () => void): () => void {
    const watcher = { path, changed };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  #tell(path: string): void {
    for (const watcher of [...this.#watchers]) if (isWithin(path, watcher.path)) watcher.changed();
  }
}

/** Whether a path is another or lies below it. */
export function isWithin(path: string, top: string): boolean {
  return path === top || path.startsWith(top === "/" ? "/" : `${top}/`);
}

/** The names directly below a directory that some paths begin with, sorted. */
export function entriesIn(paths: readonly string[], directory: string): readonly string[] {
  const prefix = directory === "/" ? "/" : `${directory}/`;
  const names = new Set<string>();
  for (const path of paths) {
    if (!path.startsWith(prefix) || path === directory) continue;
    const [name = ""] = path.slice(prefix.length).split("/");
    if (name !== "") names.add(name);
  }
  return [...names].sort();
}
