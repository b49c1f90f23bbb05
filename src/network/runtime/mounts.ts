import type { FileSystem } from "../programs/program.ts";
import { absolutePath } from "../programs/relative-files.ts";
import { type Disk, entriesIn, isWithin } from "./disk.ts";

/** A part of a disk, shown at a place of a container's file system. */
export type Mount = { readonly at: string; readonly disk: Disk; readonly root: string };

/** A container's file system with parts of disks mounted over it; the deepest mount has a path, files of the kubelet's before it. */
export function withMounts(
  own: FileSystem,
  mounts: readonly Mount[],
  { kubeletFiles, workingDir }: { readonly kubeletFiles: ReadonlyMap<string, string>; readonly workingDir: string },
): FileSystem {
  if (mounts.length === 0) return own;
  const deepestFirst = [...mounts].sort((left, right) => right.at.length - left.at.length);
  const place = (given: string): readonly [files: FileSystem, path: string] => {
    const path = absolutePath(given, workingDir);
    const mount = kubeletFiles.has(path) ? undefined : deepestFirst.find(({ at }) => isWithin(path, at));
    return mount === undefined ? [own, path] : [mount.disk, inside(mount, path)];
  };
  const written = (top: string): readonly string[] =>
    [...kubeletFiles.keys()].filter((path) => isWithin(path, top) && own.read(path) !== undefined);
  const list = (given: string): readonly string[] => {
    const path = absolutePath(given, workingDir);
    const [files, there] = place(path);
    const mount = deepestFirst.find(({ disk }) => disk === files);
    const found = new Set(files.list(there).map((one) => (mount === undefined ? one : outside(mount, one))));
    for (const inner of deepestFirst)
      if (inner.at !== path && isWithin(inner.at, path))
        for (const one of inner.disk.list(inner.root)) found.add(outside(inner, one));
    for (const one of written(path)) found.add(one);
    return [...found].sort();
  };
  return {
    read: (path) => on(place(path), (files, there) => files.read(there)),
    write: (path, text) => on(place(path), (files, there) => files.write(there, text)),
    remove: (path) => on(place(path), (files, there) => files.remove(there)),
    isDirectory: (path) => on(place(path), (files, there) => files.isDirectory(there)) || holdsOthers(path),
    makeDirectory: (path) => on(place(path), (files, there) => files.makeDirectory(there)),
    removeDirectory: (path) => on(place(path), (files, there) => files.removeDirectory(there)),
    list,
    entries: (given) => {
      const path = absolutePath(given, workingDir);
      const below = entriesIn([...deepestFirst.map(({ at }) => at), ...written(path)], path);
      return [...new Set([...on(place(path), (files, there) => files.entries(there)), ...below])].sort();
    },
  };

  /** Whether something is mounted at a path or below it. */
  function holdsOthers(given: string): boolean {
    const path = absolutePath(given, workingDir);
    return deepestFirst.some(({ at }) => isWithin(at, path)) || written(path).some((one) => one !== path);
  }
}

function on<T>([files, path]: readonly [FileSystem, string], use: (files: FileSystem, path: string) => T): T {
  return use(files, path);
}

/** A path of the container as the disk has it, and the other way round. */
function inside({ at, root }: Mount, path: string): string {
  return absolutePath(`${root}/${path.slice(at === "/" ? 1 : at.length)}`, "/");
}

function outside({ at, root }: Mount, path: string): string {
  return absolutePath(`${at}/${path.slice(root === "/" ? 1 : root.length)}`, "/");
}
