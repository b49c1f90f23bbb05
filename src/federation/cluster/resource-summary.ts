import { type Amounts, addAmounts, amountsOf, podRequests, subtractAmounts } from "../../algorithms/index.ts";
import type { Node, NodeSummary, Pod, ResourceList, ResourceModel, ResourceSummary } from "../../api/index.ts";
import { formatQuantity, isConditionTrue, milliValue, parseQuantity, quantityValue } from "../../apimachinery/index.ts";

/** The nodes of a member, counted. */
export function nodeSummary(nodes: readonly Node[]): NodeSummary {
  const ready = nodes.filter((node) => isConditionTrue(node.status?.conditions, "Ready"));
  return { totalNum: nodes.length, readyNum: ready.length };
}

/** What a member's nodes offer, and what its pods have of it or wait for (`cluster_status_controller.getResourceSummary`). */
export function resourceSummary(
  nodes: readonly Node[],
  pods: readonly Pod[],
  models: readonly ResourceModel[],
): ResourceSummary {
  let allocatable: Amounts = {};
  for (const node of nodes) allocatable = addAmounts(allocatable, amountsOf(node.status?.allocatable));
  const { byNode, allocated, allocating } = tally(pods);
  return {
    allocatable: resourceList(allocatable),
    allocating: resourceList(allocating),
    allocated: resourceList(allocated),
    ...(models.length === 0 ? {} : { allocatableModelings: modelings(nodes, byNode, models) }),
  };
}

type Tally = {
  readonly allocated: Amounts;
  readonly allocating: Amounts;
  readonly byNode: ReadonlyMap<string, Amounts>;
};

function tally(pods: readonly Pod[]): Tally {
  const allocated: Record<string, number> = {};
  const allocating: Record<string, number> = {};
  const byNode = new Map<string, Record<string, number>>();
  // Pods of one workload mostly share their containers, by reference.
  const known = new Map<Pod["spec"]["containers"], Amounts>();
  for (const { spec, status } of pods) {
    if (status?.phase === "Succeeded" || status?.phase === "Failed") continue;
    const { initContainers, overhead, resources } = spec;
    const isPlain = initContainers === undefined && overhead === undefined && resources === undefined;
    let requests = isPlain ? known.get(spec.containers) : undefined;
    if (requests === undefined) requests = { ...podRequests(spec), pods: 1 };
    if (isPlain) known.set(spec.containers, requests);
    if (spec.nodeName === undefined || spec.nodeName === "") {
      addTo(allocating, requests);
      continue;
    }
    addTo(allocated, requests);
    const node = byNode.get(spec.nodeName) ?? {};
    byNode.set(spec.nodeName, node);
    addTo(node, requests);
  }
  return { allocated, allocating, byNode };
}

function addTo(sum: Record<string, number>, amounts: Amounts): void {
  for (const name in amounts) sum[name] = (sum[name] ?? 0) + (amounts[name] as number);
}

/** Nodes per grade by what they have free; the poorest resource decides (`pkg/modeling.getIndex`). */
function modelings(
  nodes: readonly Node[],
  used: ReadonlyMap<string, Amounts>,
  models: readonly ResourceModel[],
): NonNullable<ResourceSummary["allocatableModelings"]> {
  const counts = models.map(() => 0);
  for (const node of nodes) {
    const free = subtractAmounts(amountsOf(node.status?.allocatable), used.get(node.metadata.name) ?? {});
    const index = gradeIndex(free, models);
    if (index >= 0) counts[index] = (counts[index] ?? 0) + 1;
  }
  return models.map(({ grade }, index) => ({ grade, count: counts[index] ?? 0 }));
}

/** Models are ordered by grade and contiguous, so the grade of a resource is the last whose lower bound it reaches. */
function gradeIndex(free: Amounts, models: readonly ResourceModel[]): number {
  let lowest = models.length - 1;
  for (const [resource] of (models[0]?.ranges ?? []).entries()) {
    const name = models[0]?.ranges[resource]?.name ?? "";
    const amount = free[name] ?? 0;
    let index = -1;
    for (const [position, model] of models.entries())
      if (amount >= bound(name, model.ranges[resource]?.min ?? "0")) index = position;
    lowest = Math.min(lowest, index);
  }
  return lowest;
}

function bound(resource: string, text: string): number {
  const quantity = parseQuantity(text);
  return resource === "cpu" ? milliValue(quantity) : quantityValue(quantity);
}

function resourceList(amounts: Amounts): ResourceList {
  const list: Record<string, string> = {};
  for (const name of Object.keys(amounts).sort()) list[name] = amountText(name, amounts[name] as number);
  return list;
}

function amountText(resource: string, amount: number): string {
  const format = resource === "memory" || resource.includes("storage") ? "BinarySI" : "DecimalSI";
  const unit = resource === "cpu" ? 1_000_000n : 1_000_000_000n;
  return formatQuantity({ nanos: BigInt(amount) * unit, format });
}
