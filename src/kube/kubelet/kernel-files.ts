import { amountsOf } from "../../algorithms/index.ts";
import type { Container, Node, Pod } from "../../api/index.ts";

const CGROUP = "/sys/fs/cgroup";
const CPU_PERIOD_US = 100_000;
const CPU_QUOTA_US_MIN = 1000;
const SHARES_MIN = 2;
const NODE_CRITICAL = 2_000_001_000;
const OOM_GUARANTEED = -997;
const OOM_BEST_EFFORT = 1000;

/** What the kernel of a node tells a container of its limits, as cgroup v2 and `/proc` do; the text of each file when it is read. */
export function kernelFiles(container: Container, pod: Pod, node: Node): readonly (readonly [string, () => string])[] {
  const limits = () => amountsOf({ ...pod.spec.resources?.limits, ...container.resources?.limits });
  const requests = () => amountsOf(container.resources?.requests);
  return [
    [`${CGROUP}/cgroup.controllers`, () => "cpuset cpu io memory hugetlb pids rdma misc\n"],
    [`${CGROUP}/cpu.max`, () => `${cpuQuota(limits().cpu)} ${CPU_PERIOD_US}\n`],
    [`${CGROUP}/cpu.weight`, () => `${cpuWeight(requests().cpu ?? limits().cpu ?? 0)}\n`],
    [`${CGROUP}/memory.max`, () => `${limits().memory ?? "max"}\n`],
    ["/proc/1/oom_score_adj", () => `${oomScoreAdjust(pod, requests().memory ?? 0, node)}\n`],
  ];
}

function cpuQuota(milli: number | undefined): number | "max" {
  return milli === undefined ? "max" : Math.max(CPU_QUOTA_US_MIN, (milli * CPU_PERIOD_US) / 1000);
}

/** Shares of cgroup v1, which container runtimes bring into the range of v2's weights. */
function cpuWeight(milli: number): number {
  const shares = Math.max(SHARES_MIN, Math.floor((milli * 1024) / 1000));
  return 1 + Math.floor(((shares - SHARES_MIN) * 9999) / 262_142);
}

/** How soon the kernel ends a process when memory runs out (`pkg/kubelet/qos.GetContainerOOMScoreAdjust`). */
function oomScoreAdjust({ spec, status }: Pod, memoryRequest: number, node: Node): number {
  if ((spec.priority ?? 0) >= NODE_CRITICAL || status?.qosClass === "Guaranteed") return OOM_GUARANTEED;
  if (status?.qosClass === "BestEffort") return OOM_BEST_EFFORT;
  const capacity = amountsOf(node.status?.capacity).memory ?? Number.POSITIVE_INFINITY;
  const adjust = 1000 - Math.floor((1000 * memoryRequest) / capacity);
  return Math.min(OOM_BEST_EFFORT - 1, Math.max(1000 + OOM_GUARANTEED, adjust));
}
