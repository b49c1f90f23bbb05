import type {
  ConfigMap,
  EnvVarSource,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Volume,
} from "../../api/index.ts";
import type { FileMaker } from "./container-files.ts";
import { containerResource, podField } from "./field-reference.ts";
import { decodeBase64 } from "./secret-data.ts";

/** Where the contents of volumes come from; the lookups are of the pod's namespace. */
export type VolumeSources = {
  readonly configMap: (name: string) => ConfigMap | undefined;
  readonly secret: (name: string) => Secret | undefined;
  readonly claim: (name: string) => PersistentVolumeClaim | undefined;
  readonly persistentVolume: (name: string) => PersistentVolume | undefined;
  /** A token of the pod's service account. */
  readonly token: (pod: Pod, source: TokenSource) => string | undefined;
};

/** A `serviceAccountToken` source of a projected volume. */
export type TokenSource = { readonly audience?: string; readonly expirationSeconds?: number };

type Item = { readonly key: string; readonly path: string };
type ProjectedObject = { readonly name?: string; readonly items?: readonly Item[]; readonly optional?: boolean };
type DownwardItem = { readonly path: string } & Pick<EnvVarSource, "fieldRef" | "resourceFieldRef">;

/** One source of a projected volume. */
export type ProjectedSource = {
  readonly configMap?: ProjectedObject;
  readonly secret?: ProjectedObject;
  readonly downwardAPI?: { readonly items?: readonly DownwardItem[] };
  readonly serviceAccountToken?: TokenSource & { readonly path: string };
};

type Files = ReadonlyMap<string, string | FileMaker>;
type Context = { readonly pod: Pod; readonly node: Node; readonly sources: VolumeSources };

/** The files of a volume the kubelet fills, by their paths in it; none of any other. */
export function volumeFiles(volume: Volume, context: Context): Files {
  const { configMap, secret, projected, downwardAPI } = volume;
  const { sources } = context;
  if (configMap !== undefined) return configMapFiles(sources.configMap(configMap.name ?? ""), configMap.items);
  if (secret !== undefined) return secretFiles(sources.secret(secret.secretName ?? ""), secret.items);
  if (downwardAPI !== undefined)
    return downwardFiles(downwardAPI.items as readonly DownwardItem[] | undefined, context);
  const files = new Map<string, string | FileMaker>();
  for (const source of (projected?.sources ?? []) as readonly ProjectedSource[])
    for (const [path, text] of projectedFiles(source, context)) files.set(path, text);
  return files;
}

/** Whether a volume of the pod shows the pod's own labels and annotations, which may change while it runs. */
export function showsItself({ spec }: Pod): boolean {
  return (spec.volumes ?? []).some(({ downwardAPI, projected }) => {
    const sources = (projected?.sources ?? []) as readonly ProjectedSource[];
    return downwardAPI !== undefined || sources.some((source) => source.downwardAPI !== undefined);
  });
}

function projectedFiles(source: ProjectedSource, context: Context): Files {
  const { pod, sources } = context;
  if (source.configMap !== undefined)
    return configMapFiles(sources.configMap(source.configMap.name ?? ""), source.configMap.items);
  if (source.secret !== undefined) return secretFiles(sources.secret(source.secret.name ?? ""), source.secret.items);
  const { serviceAccountToken: token } = source;
  if (token !== undefined) return new Map([[token.path, () => sources.token(pod, token)]]);
  return downwardFiles(source.downwardAPI?.items, context);
}

function downwardFiles(items: readonly DownwardItem[] = [], { pod, node }: Context): Files {
  const files = new Map<string, string>();
  for (const { path, fieldRef, resourceFieldRef } of items)
    if (fieldRef !== undefined) files.set(path, podField(pod, fieldRef.fieldPath) ?? "");
    else if (resourceFieldRef !== undefined) files.set(path, containerResource(pod, "", resourceFieldRef, node));
  return files;
}

function configMapFiles(configMap: ConfigMap | undefined, items: readonly Item[] | undefined): Files {
  const binary = Object.entries(configMap?.binaryData ?? {}).map(([key, value]) => [key, decodeBase64(value)]);
  return chosen({ ...configMap?.data, ...Object.fromEntries(binary) }, items, (text) => text);
}

function secretFiles(secret: Secret | undefined, items: readonly Item[] | undefined): Files {
  return chosen(secret?.data ?? {}, items, decodeBase64);
}

function chosen(
  data: Readonly<Record<string, string>>,
  items: readonly Item[] | undefined,
  decode: (text: string) => string,
): Files {
  const wanted = items ?? Object.keys(data).map((key) => ({ key, path: key }));
  const files = new Map<string, string>();
  for (const { key, path } of wanted) {
    const text = data[key];
    if (text !== undefined) files.set(path, decode(text));
  }
  return files;
}
