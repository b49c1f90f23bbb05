import { compareQuantities, parseQuantity } from "../../apimachinery/index.ts";
import type { ResourceModel } from "./cluster.ts";

/** The largest amount a range ends at: Go's math.MaxInt64. */
const MAX_AMOUNT = "9223372036854775807";

const CPU_STEPS = ["0", "1", "2", "4", "8", "16", "32", "64", "128", MAX_AMOUNT];
const MEMORY_STEPS = ["0", "4Gi", "16Gi", "32Gi", "64Gi", "128Gi", "256Gi", "512Gi", "1Ti", MAX_AMOUNT];

/** The nine grades a Cluster gets that names none (`mutation.SetDefaultClusterResourceModels`). */
export const defaultResourceModels: readonly ResourceModel[] = CPU_STEPS.slice(0, -1).map((_, grade) => ({
  grade,
  ranges: [
    { name: "cpu", min: step(CPU_STEPS, grade), max: step(CPU_STEPS, grade + 1) },
    { name: "memory", min: step(MEMORY_STEPS, grade), max: step(MEMORY_STEPS, grade + 1) },
  ],
}));

/** Models ordered by grade, the first beginning at zero and the last ending at the largest amount. */
export function standardizedResourceModels(models: readonly ResourceModel[]): readonly ResourceModel[] {
  const sorted = [...models].sort((left, right) => left.grade - right.grade);
  return sorted.map((model, index) => ({
    ...model,
    ranges: model.ranges.map((range) => ({
      ...range,
      ...(index === 0 ? { min: "0" } : {}),
      ...(index === sorted.length - 1 ? { max: MAX_AMOUNT } : {}),
    })),
  }));
}

/** What is wrong with a set of models, in upstream's words; the first finding only, as upstream stops there. */
export function resourceModelsError(models: readonly ResourceModel[]): string | undefined {
  if (new Set(models.map((model) => model.grade)).size < models.length)
    return "The grade of each models should not be the same";
  const sorted = [...models].sort((left, right) => left.grade - right.grade);
  for (const [index, model] of sorted.entries()) {
    const error = modelError(model, sorted[index - 1], index === sorted.length - 1);
    if (error !== undefined) return error;
  }
  return undefined;
}

function modelError(model: ResourceModel, previous: ResourceModel | undefined, last: boolean): string | undefined {
  if (previous !== undefined && previous.ranges.length !== model.ranges.length)
    return "The number of resource types should be the same";
  for (const [index, range] of model.ranges.entries()) {
    if (!less(range.min, range.max)) return "The max value of each resource must be greater than the min value";
    const below = previous?.ranges[index];
    if (previous === undefined && less("0", range.min))
      return "The min value of each resource in the first model should be 0";
    if (previous !== undefined && below?.name !== range.name)
      return "The resource types of each models should be the same";
    if (below !== undefined && !same(below.max, range.min))
      return "Model intervals for resources must be contiguous and non-overlapping";
    if (last && !same(range.max, MAX_AMOUNT))
      return "The max value of each resource in the last model should be MaxInt64";
  }
  return undefined;
}

function less(left: string, right: string): boolean {
  return compareQuantities(parseQuantity(left), parseQuantity(right)) < 0;
}

function same(left: string, right: string): boolean {
  return compareQuantities(parseQuantity(left), parseQuantity(right)) === 0;
}

function step(steps: readonly string[], index: number): string {
  return steps[index] ?? MAX_AMOUNT;
}
