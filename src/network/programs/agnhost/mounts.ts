import type { Volume } from "../../../api/index.ts";
import type { Process } from "../program.ts";
import { userOf } from "../user.ts";
import { isInMemory } from "../volume-medium.ts";
import { readFlags } from "./flags.ts";

const NEW_FILE = "mount-tester new file\n";
const RETRY_MS = 2000;
const DEFAULT_MODE = 0o644;
const NEW_FILE_MODES = ["0644", "0666", "0660", "0777"];

/** `mounttest`: writes files, and tells type, mode, owner and content of what is mounted, in upstream's order. */
export function mounttest(process: Process, args: readonly string[]): void {
  const flags = readFlags(args);
  const print = (text: string): void => process.output.stdout(`${text}\n`);
  const about = (flag: string, tell: (path: string) => boolean): boolean => {
    const path = flags.text(flag, "");
    return path === "" || tell(path);
  };
  const content = (path: string): boolean => {
    const text = process.files.read(path);
    if (text === undefined) print(`error reading file content for "${path}": ${missing("open", path)}`);
    else print(`content of file "${path}": ${text}`);
    return text !== undefined;
  };
  // Files have no modes of their own; those it writes have the ones it wrote them with.
  const written = new Map<string, number>();
  const mode = (path: string, tell: (mode: Mode) => string): boolean => {
    const bits = written.get(path);
    const found = bits === undefined ? modeOf(process, path) : { isDirectory: false, bits };
    print(found === undefined ? `error from Stat("${path}"): ${missing("stat", path)}` : tell(found));
    return found !== undefined;
  };
  const results = [
    about("fs_type", (path) => {
      print(`mount type of "${path}": ${fileSystemType(process, path)}`);
      return true;
    }),
    ...NEW_FILE_MODES.map((digits) =>
      about(`new_file_${digits}`, (path) => {
        process.files.write(path, NEW_FILE);
        written.set(path, Number.parseInt(digits, 8));
        return content(path);
      }),
    ),
    about("file_mode", (path) => mode(path, (found) => `mode of file "${path}": ${modeText(found)}`)),
    about("file_perm", (path) =>
      mode(path, (found) => `perms of file "${path}": ${modeText({ ...found, isDirectory: false })}`),
    ),
    about("file_owner", (path) => {
      print(ownerText(process, path));
      return true;
    }),
    about("file_content", content),
  ];
  process.onTerminate(() => process.exit(2));
  const failed = results.includes(false);
  const loopPath = flags.text("file_content_in_loop", "");
  if (loopPath === "") process.exit(failed ? 1 : 0);
  else
    readInLoop(
      process,
      {
        path: loopPath,
        untilMs: process.clock.nowMs() + flags.number("retry_time", 180) * 1000,
        breaks: flags.is("break_on_expected_content", true),
      },
      (ok) => process.exit(ok && !failed ? 0 : 1),
    );
}

/** What the kubelet mounts is the group's that may share it (`SetVolumeOwnership`). */
function ownerText(process: Process, path: string): string {
  const { uid, gid } = userOf(process);
  const { fsGroup } = process.pod.spec.securityContext ?? {};
  const group = mountOf(process, path) === undefined ? gid : (fsGroup ?? gid);
  return `owner UID of "${path}": ${uid}\nowner GID of "${path}": ${group}`;
}

function readInLoop(
  process: Process,
  what: { readonly path: string; readonly untilMs: number; readonly breaks: boolean },
  onEnd: (ok: boolean) => void,
): void {
  const { path, untilMs, breaks } = what;
  const again = (ok: boolean): void =>
    process.clock.nowMs() + RETRY_MS < untilMs
      ? process.after(RETRY_MS, () => readInLoop(process, what, onEnd))
      : onEnd(ok);
  const text = process.files.read(path);
  if (text === undefined) {
    process.output.stdout(`Error reading file ${path}: ${missing("open", path)}, retrying\n`);
    again(false);
    return;
  }
  process.output.stdout(`content of file "${path}": ${text}\n`);
  if (breaks && text === NEW_FILE) onEnd(true);
  else {
    if (breaks) process.output.stdout(`Unexpected content. Expected: ${NEW_FILE}. Retrying\n`);
    again(true);
  }
}

function missing(call: string, path: string): string {
  return `${call} ${path}: no such file or directory`;
}

type Mode = { readonly isDirectory: boolean; readonly bits: number };

/** The mode of a path: that of the volume it came with, if any. */
function modeOf(process: Process, path: string): Mode | undefined {
  const mounted = mountOf(process, path);
  if (process.files.isDirectory(path)) return { isDirectory: true, bits: mounted === undefined ? 0o755 : 0o777 };
  if (process.files.read(path) === undefined) return undefined;
  return { isDirectory: false, bits: mounted === undefined ? DEFAULT_MODE : fileMode(process, mounted) };
}

/** What the group may read is told by the pod; a token is its user's alone where all containers run as one. */
function fileMode(process: Process, { volume, rest }: { readonly volume: Volume; readonly rest: string }): number {
  const { fsGroup, runAsUser } = process.pod.spec.securityContext ?? {};
  const users = new Set(
    process.pod.spec.containers.map(({ securityContext }) => securityContext?.runAsUser ?? runAsUser),
  );
  const isOwned = fsGroup !== undefined || (users.size === 1 && !users.has(undefined));
  const bits = isOwned && isToken(volume, rest) ? TOKEN_MODE : volumeMode(volume, rest);
  return fsGroup === undefined || volume.emptyDir !== undefined ? bits : bits | GROUP_READS;
}

function isToken({ projected }: Volume, path: string): boolean {
  const { sources = [] } = (projected ?? {}) as { readonly sources?: readonly ProjectedSource[] };
  return sources.some(({ serviceAccountToken: token }) => token?.path === path);
}

type ProjectedSource = { readonly serviceAccountToken?: { readonly path: string } };

const TOKEN_MODE = 0o600;
const GROUP_READS = 0o440;

function mountOf(process: Process, path: string): { readonly volume: Volume; readonly rest: string } | undefined {
  const mounts = (process.container.volumeMounts ?? [])
    .filter(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath.replace(/\/$/, "")}/`))
    .sort((left, right) => right.mountPath.length - left.mountPath.length);
  const [mount] = mounts;
  const volume = process.pod.spec.volumes?.find(({ name }) => name === mount?.name);
  if (mount === undefined || volume === undefined) return undefined;
  return { volume, rest: path.slice(mount.mountPath.length).replace(/^\//, "") };
}

type Item = { readonly path: string; readonly mode?: number };
type Source = { readonly defaultMode?: number; readonly items?: readonly Item[] };

function volumeMode(volume: Volume, path: string): number {
  const { configMap, secret, downwardAPI, projected } = volume as Readonly<Record<string, Source | undefined>>;
  const source = configMap ?? secret ?? downwardAPI ?? projected;
  const { sources = [] } = (projected ?? {}) as { readonly sources?: readonly Readonly<Record<string, Source>>[] };
  const items = [
    ...(source?.items ?? []),
    ...sources.flatMap((one) => Object.values(one).flatMap(({ items = [] }) => items)),
  ];
  return items.find((item) => item.path === path)?.mode ?? source?.defaultMode ?? DEFAULT_MODE;
}

/** As Go's `fs.FileMode` prints itself. */
function modeText({ isDirectory, bits }: Mode): string {
  const letters = "rwxrwxrwx";
  const text = [...letters].map((letter, at) => ((bits >> (letters.length - 1 - at)) & 1 ? letter : "-"));
  return `${isDirectory ? "d" : "-"}${text.join("")}`;
}

function fileSystemType(process: Process, path: string): string {
  return isInMemory(mountOf(process, path)?.volume) ? "tmpfs" : "ext2/ext3";
}
