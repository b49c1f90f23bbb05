import type { Container, Node, PersistentVolume, Pod, Volume } from "../../api/index.ts";
import { claimNameOf, claimNamesOf, isBound } from "../storage/claims.ts";
import { ContainerFiles } from "./container-files.ts";
import { kernelFiles } from "./kernel-files.ts";
import { type DnsSettings, resolverConfig } from "./resolver-config.ts";
import { type ProjectedSource, type VolumeSources, volumeFiles } from "./volume-files.ts";

const HOSTS = "/etc/hosts";
const KERNEL_NAME_MAX = 64;

/** The files of one container: resolver, host name, hosts, what the kernel tells of it, and what its volumes bring. */
export function containerFiles(
  container: Container,
  context: { readonly pod: Pod; readonly node: Node; readonly dns: DnsSettings; readonly sources: VolumeSources },
): ContainerFiles {
  const { pod, node, dns, sources } = context;
  const files = new ContainerFiles([
    ["/etc/resolv.conf", resolverConfig(pod, dns)],
    ["/etc/hostname", `${kernelHostname(pod, node, dns)}\n`],
  ]);
  for (const [path, text] of kernelFiles(container, pod, node)) files.make(path, text);
  // Who mounts a file of its own there keeps it (`makeMounts`).
  if (!container.volumeMounts?.some(({ mountPath }) => mountPath === HOSTS)) files.set(HOSTS, hosts(pod, node, dns));
  for (const mount of container.volumeMounts ?? []) {
    const volume = pod.spec.volumes?.find((each) => each.name === mount.name);
    if (volume === undefined) continue;
    for (const [path, text] of volumeFiles(volume, { pod, node, sources })) {
      const shown = below(path, mount.subPath ?? "");
      if (shown === undefined) continue;
      const at = `${mount.mountPath}${shown}`;
      if (typeof text === "string") files.set(at, text);
      else files.make(at, text);
      if (mount.subPath) files.keep(at);
    }
  }
  return files;
}

/** What is left of a file's path in a volume of which only a part is mounted: `""` for that part itself. */
function below(path: string, subPath: string): string | undefined {
  const part = subPath.replace(/\/+$/, "");
  if (part === "") return `/${path}`;
  return path === part || path.startsWith(`${part}/`) ? path.slice(part.length) : undefined;
}

/** The volumes of the pod's claims that are bound, by the names they have in the pod. */
export function claimedVolumes(pod: Pod, sources: VolumeSources): ReadonlyMap<string, PersistentVolume> {
  const volumes = new Map<string, PersistentVolume>();
  for (const volume of pod.spec.volumes ?? []) {
    const claim = sources.claim(claimNameOf(pod, volume) ?? "");
    const bound =
      claim !== undefined && isBound(claim) ? sources.persistentVolume(claim.spec.volumeName ?? "") : undefined;
    if (bound !== undefined) volumes.set(volume.name, bound);
  }
  return volumes;
}

/** Why the volume of a claim cannot be mounted yet (`desired_state_of_world_populator.go`). */
function missingClaim(pod: Pod, volume: Volume, sources: VolumeSources): string | undefined {
  const name = claimNameOf(pod, volume);
  if (name === undefined) return undefined;
  const claim = sources.claim(name);
  if (claim !== undefined && isBound(claim)) return undefined;
  const why =
    claim === undefined
      ? `failed to fetch PVC from API server: persistentvolumeclaims "${name}" not found`
      : "PVC is not bound";
  const processed = `error processing PVC ${pod.metadata.namespace}/${name}: ${why}`;
  return `Unable to attach or mount volumes: unmounted volumes=[${volume.name}], unattached volumes=[], failed to process volumes=[${volume.name}]: ${processed}`;
}

/** What a pod's volumes wait for, in the words of a FailedMount event; `undefined` when all is there. */
export function missingVolume(pod: Pod, sources: VolumeSources): string | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    const missing = missingClaim(pod, volume, sources);
    if (missing !== undefined) return missing;
  }
  for (const volume of pod.spec.volumes ?? [])
    for (const { kind, name, optional } of volumeReferences(volume)) {
      const present = kind === "ConfigMap" ? sources.configMap(name) : sources.secret(name);
      if (present === undefined && !optional)
        return `MountVolume.SetUp failed for volume "${volume.name}" : ${kind.toLowerCase()} "${name}" not found`;
    }
  return undefined;
}

type Reference = {
  readonly kind: "ConfigMap" | "Secret" | "PersistentVolumeClaim";
  readonly name: string;
  readonly optional: boolean;
};

/** The ConfigMaps, Secrets and claims the pod's volumes and environments name. */
export function configurationReferences(pod: Pod): readonly Reference[] {
  const references = (pod.spec.volumes ?? []).flatMap(volumeReferences);
  for (const name of claimNamesOf(pod)) references.push({ kind: "PersistentVolumeClaim", name, optional: false });
  const add = (
    kind: Reference["kind"],
    source: { readonly name?: string; readonly optional?: boolean } | undefined,
  ) => {
    if (source?.name !== undefined) references.push({ kind, name: source.name, optional: source.optional === true });
  };
  for (const { env, envFrom } of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const { valueFrom } of env ?? []) {
      add("ConfigMap", valueFrom?.configMapKeyRef);
      add("Secret", valueFrom?.secretKeyRef);
    }
    for (const { configMapRef, secretRef } of envFrom ?? []) {
      add("ConfigMap", configMapRef);
      add("Secret", secretRef);
    }
  }
  return references;
}

function volumeReferences({ configMap, secret, projected }: Volume): Reference[] {
  const references: Reference[] = [];
  const add = (kind: Reference["kind"], name: string | undefined, optional: boolean | undefined): void => {
    references.push({ kind, name: name ?? "", optional: optional === true });
  };
  if (configMap !== undefined) add("ConfigMap", configMap.name, configMap.optional);
  if (secret !== undefined) add("Secret", secret.secretName, secret.optional);
  for (const source of (projected?.sources ?? []) as readonly ProjectedSource[]) {
    if (source.configMap !== undefined) add("ConfigMap", source.configMap.name, source.configMap.optional);
    if (source.secret !== undefined) add("Secret", source.secret.name, source.secret.optional);
  }
  return references;
}

/** The host name a pod sees. */
function hostname(pod: Pod, node: Node): string {
  if (pod.spec.hostNetwork === true) return node.metadata.name;
  return (pod.spec.hostname ?? pod.metadata.name).slice(0, 63);
}

/** A pod's name with its domain; `undefined` when it has no subdomain. */
function domainName(pod: Pod, node: Node, dns: DnsSettings): string | undefined {
  const { subdomain = "" } = pod.spec;
  if (subdomain === "") return undefined;
  return `${hostname(pod, node)}.${subdomain}.${pod.metadata.namespace}.svc.${dns.clusterDomain}`;
}

/** What `hostname` says; a whole name that the kernel has no room for stays short here, where upstream's pod would not start. */
function kernelHostname(pod: Pod, node: Node, dns: DnsSettings): string {
  const whole = pod.spec.setHostnameAsFQDN === true ? domainName(pod, node, dns) : undefined;
  return whole === undefined || whole.length > KERNEL_NAME_MAX ? hostname(pod, node) : whole;
}

function hosts(pod: Pod, node: Node, dns: DnsSettings): string {
  const name = hostname(pod, node);
  const whole = domainName(pod, node, dns);
  const names = whole === undefined ? name : `${whole}\t${name}`;
  const lines = [
    pod.spec.hostNetwork === true
      ? "# Kubernetes-managed hosts file (host network)."
      : "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
  ];
  for (const { ip } of pod.status?.podIPs ?? []) lines.push(`${ip}\t${names}`);
  const aliases = pod.spec.hostAliases ?? [];
  if (aliases.length > 0) lines.push("", "# Entries added by HostAliases.");
  for (const { ip, hostnames } of aliases) lines.push(`${ip}\t${(hostnames ?? []).join("\t")}`);
  return `${lines.join("\n")}\n`;
}
