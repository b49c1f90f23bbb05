import { type Container, type Pod, type ResourceList, usageAnnotations } from "../../api/index.ts";
import { milliValue, quantityToNumber, tryParseQuantity } from "../../apimachinery/index.ts";
import { fnv1a32 } from "../../std/index.ts";

/** What a container uses: cores in millionths of a thousandth, as metrics-server counts them, and bytes. */
export type Usage = { readonly nanoCores: number; readonly bytes: number };

/** Usage is measured anew so often (`--metric-resolution` of metrics-server). */
export const METRIC_WINDOW_MS = 15_000;

const NANO_PER_MILLI = 1_000_000;
const KIB = 1024;
const MIB = 1024 * KIB;
/** What the kubelet, the container runtime and the system take of a node. */
const OF_SYSTEM: Usage = { nanoCores: 60 * NANO_PER_MILLI, bytes: 380 * MIB };

/** Thousandths of a core that the programs of a container use. */
export type CpuReader = (pod: Pod, container: Container) => number;

/**
 * What a running container uses in the window that `nowMs` falls into: the CPU its programs work for and next to nothing beside
 * it, a share of the memory it requests that is its own, a little up and down. Annotations of the pod say otherwise, for each of
 * its containers. Drawn from the pod's uid, so the same seed gives the same.
 */
export function containerUsage(
  pod: Pod,
  container: Container,
  { nowMs, cpuOf }: { readonly nowMs: number; readonly cpuOf: CpuReader },
): Usage {
  const { metadata } = pod;
  const stated = (name: string) => tryParseQuantity(metadata.annotations?.[name]);
  const cpu = stated(usageAnnotations.cpu);
  const memory = stated(usageAnnotations.memory);
  const identity = `${metadata.uid ?? metadata.name}/${container.name}`;
  const own = fraction(identity);
  const moved = fraction(`${identity}/${Math.floor(nowMs / METRIC_WINDOW_MS)}`) * 2 - 1;
  const simulated = {
    nanoCores: (cpuOf(pod, container) + idleMilli(own) * (1 + moved / 5)) * NANO_PER_MILLI,
    bytes: idleBytes(container, own) * (1 + moved / 50),
  };
  return {
    nanoCores: cpu === undefined ? Math.round(simulated.nanoCores) : milliValue(cpu) * NANO_PER_MILLI,
    bytes: memory === undefined ? Math.round(simulated.bytes / KIB) * KIB : quantityToNumber(memory),
  };
}

/** What a node uses: its containers and its system. */
export function nodeUsage(containers: readonly Usage[]): Usage {
  return [OF_SYSTEM, ...containers].reduce((sum, usage) => ({
    nanoCores: sum.nanoCores + usage.nanoCores,
    bytes: sum.bytes + usage.bytes,
  }));
}

/** As metrics-server writes it: `4718229n`, `18432Ki`. */
export function usageList({ nanoCores, bytes }: Usage): ResourceList {
  return { cpu: `${Math.round(nanoCores)}n`, memory: `${Math.round(bytes / KIB)}Ki` };
}

/** What waiting for work costs: less than a thousandth of a core. */
function idleMilli(own: number): number {
  return 0.1 + 0.7 * own;
}

/** Between three and seven tenths of the request. */
function idleBytes({ resources }: Container, own: number): number {
  const requested = tryParseQuantity(resources?.requests?.memory);
  return requested === undefined ? (8 + 16 * own) * MIB : quantityToNumber(requested) * (0.3 + 0.4 * own);
}

function fraction(text: string): number {
  return fnv1a32(text) / 0x1_0000_0000;
}
