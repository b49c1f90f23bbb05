import type { Volume } from "../../api/index.ts";

/** Sources the kubelet writes into memory, whatever they hold. */
const IN_MEMORY = ["secret", "projected", "downwardAPI"] as const;

/** Whether a volume is a tmpfs: what must not get to a disk, and an emptyDir that asks for it. */
export function isInMemory(volume: Volume | undefined): boolean {
  if (volume === undefined) return false;
  return volume.emptyDir?.medium === "Memory" || IN_MEMORY.some((source) => source in volume);
}
