import type { PersistentVolume, Pod, Volume } from "../../api/index.ts";
import type { ContainerStart } from "../../kube/index.ts";
import { absolutePath } from "../programs/relative-files.ts";
import { Disk } from "./disk.ts";
import type { Mount } from "./mounts.ts";

/** What every machine has, if nothing else is in it. */
const MACHINE_DIRECTORIES =
  "/bin /dev /etc /etc/kubernetes /etc/kubernetes/manifests /home /opt /proc /root /run /sys /tmp /usr /var /var/lib /var/lib/kubelet /var/log".split(
    " ",
  );

/** What is written in a cluster and outlives a container: the disks of its machines, the volumes of its pods and claims. */
export class Volumes {
  readonly #machines = new Map<string, Disk>();
  readonly #persistent = new Map<string, Disk>();
  readonly #ofPods = new Map<string, Map<string, Disk>>();

  machine(node: string): Disk {
    return kept(this.#machines, node, () => {
      const disk = new Disk(MACHINE_DIRECTORIES);
      disk.write("/etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
      return disk;
    });
  }

  /** The volumes a container mounts that hold data of their own. */
  mountsOf({ pod, container, claimed }: Pick<ContainerStart, "pod" | "container" | "claimed">): readonly Mount[] {
    return (container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath }) => {
      const volume = pod.spec.volumes?.find((one) => one.name === name);
      const found = volume === undefined ? undefined : this.#placeOf(volume, pod, claimed.get(volume.name));
      if (found === undefined) return [];
      const root = absolutePath(subPath ?? "", found.root);
      if (found.disk.read(root) === undefined) found.disk.makeDirectory(root);
      return [{ at: absolutePath(mountPath, "/"), disk: found.disk, root }];
    });
  }

  /** A pod is gone, and its empty directories with it. */
  forget(pod: Pod): void {
    this.#ofPods.delete(identity(pod));
  }

  #placeOf(volume: Volume, pod: Pod, persistent: PersistentVolume | undefined): Place | undefined {
    const { hostPath = persistent?.spec.hostPath, emptyDir } = volume;
    if (hostPath !== undefined)
      return { disk: this.machine(pod.spec.nodeName ?? ""), root: absolutePath(hostPath.path, "/") };
    if (persistent !== undefined)
      return { disk: kept(this.#persistent, persistent.metadata.uid ?? "", () => new Disk()), root: "/" };
    if (emptyDir === undefined) return undefined;
    const own = kept(this.#ofPods, identity(pod), () => new Map<string, Disk>());
    return { disk: kept(own, volume.name, () => new Disk()), root: "/" };
  }
}

type Place = { readonly disk: Disk; readonly root: string };

function identity({ metadata }: Pod): string {
  return metadata.uid ?? `${metadata.namespace}/${metadata.name}`;
}

function kept<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
