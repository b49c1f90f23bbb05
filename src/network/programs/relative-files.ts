import type { FileSystem } from "./program.ts";

/** Files as seen from a directory: paths that do not begin at the root begin there. */
export function filesFrom(files: FileSystem, directory: string): FileSystem {
  const at = (path: string): string => absolutePath(path, directory);
  return {
    read: (path) => files.read(at(path)),
    write: (path, text) => files.write(at(path), text),
    remove: (path) => files.remove(at(path)),
    list: (path) => files.list(at(path)),
    isDirectory: (path) => files.isDirectory(at(path)),
    makeDirectory: (path) => files.makeDirectory(at(path)),
    removeDirectory: (path) => files.removeDirectory(at(path)),
    entries: (path) => files.entries(at(path)),
  };
}

/** A path from the root on, `.` and `..` worked out. */
export function absolutePath(path: string, directory: string): string {
  const labels: string[] = [];
  for (const label of (path.startsWith("/") ? path : `${directory}/${path}`).split("/")) {
    if (label === "..") labels.pop();
    else if (label !== "" && label !== ".") labels.push(label);
  }
  return `/${labels.join("/")}`;
}
