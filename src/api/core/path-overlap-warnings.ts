import type { Volume } from "./pod.ts";

/** A path a volume is to have something at, and whose it is. */
type Placed = { readonly path: string; readonly source: string };
type Items = readonly { readonly path?: string }[] | undefined;
type Projection = {
  readonly configMap?: { readonly name?: string; readonly items?: Items };
  readonly secret?: { readonly name?: string; readonly items?: Items };
  readonly downwardAPI?: { readonly items?: Items };
  readonly serviceAccountToken?: { readonly path?: string };
  readonly clusterTrustBundle?: { readonly name?: string; readonly signerName?: string; readonly path?: string };
};

/** Files of a volume that lie in each other's way (`warningsForOverlappingVirtualPaths`). */
export function overlapWarnings(volumes: readonly Volume[]): readonly string[] {
  return volumes.flatMap(({ name, configMap, secret, downwardAPI, projected }) => {
    const of = (shown: string, paths: readonly Placed[]): readonly string[] =>
      overlaps(paths).map((overlap) => `volume "${name}" (${shown}): overlapping paths: ${overlap}`);
    const sources = (projected?.sources ?? []) as readonly Projection[];
    return [
      ...of(`ConfigMap "${configMap?.name ?? ""}"`, placed(configMap?.items)),
      ...of(`Secret "${secret?.secretName ?? ""}"`, placed(secret?.items)),
      ...of("DownwardAPI", placed(downwardAPI?.items)),
      ...sources
        .filter((source) => Object.keys(source).length === 0)
        .map(() => `volume "${name}" (Projected) has no sources provided`),
      ...of("Projected", sources.flatMap(pathsOf)),
    ];
  });
}

function placed(items: Items = [], source = ""): readonly Placed[] {
  return items.map(({ path = "" }) => ({ path, source }));
}

function pathsOf(projection: Projection): readonly Placed[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection;
  if (configMap !== undefined) return placed(configMap.items, `ConfigMap "${configMap.name ?? ""}"`);
  if (secret !== undefined) return placed(secret.items, `Secret "${secret.name ?? ""}"`);
  if (downwardAPI !== undefined) return placed(downwardAPI.items, "DownwardAPI");
  if (serviceAccountToken !== undefined) return placed([serviceAccountToken], "ServiceAccountToken");
  if (clusterTrustBundle === undefined) return [];
  const { name = clusterTrustBundle.signerName ?? "" } = clusterTrustBundle;
  return placed([clusterTrustBundle], `ClusterTrustBundle "${name}"`);
}

function overlaps(paths: readonly Placed[]): readonly string[] {
  const trimmed = paths.map(({ path, source }) => ({ path: path.replace(/\/+$/, ""), source }));
  return trimmed.flatMap((one, index) =>
    trimmed
      .slice(0, index)
      .filter((other) => isInTheWay(one.path, other.path))
      .map((other) => `${shown(one)} with ${shown(other)}`),
  );
}

function isInTheWay(path: string, other: string): boolean {
  if (path === "" || other === "") return false;
  return `${path}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${path}/`);
}

function shown({ path, source }: Placed): string {
  return source === "" ? `"${path}"` : `"${path}" (${source})`;
}
