import { isDivided, isWorkload } from "../../algorithms/index.ts";
import type { Binding, BindingSpec, ClusterAffinityTerm, Placement } from "../../api/index.ts";
import { karmadaAnnotations } from "../../api/index.ts";
import { deepEqual } from "../../std/index.ts";

/** Why a binding is scheduled (again). */
export type RescheduleReason =
  | "PlacementChanged"
  | "ReplicasChanged"
  | "Requested"
  | "Duplicated"
  | "ClusterTerminating";

/** Remembers placements as JSON; bindings of one policy share one placement. */
export type PlacementText = (placement: Placement) => string;

/** The reason to schedule `binding`, the first of upstream's triggers that holds; `undefined` when there is none. */
export function rescheduleReason(
  binding: Binding,
  textOf: PlacementText,
  isTerminating: (cluster: string) => boolean,
): RescheduleReason | undefined {
  const { spec } = binding;
  const placement = spec.placement ?? {};
  if (placementChanged(binding, placement, textOf)) return "PlacementChanged";
  if (replicasChanged(spec, placement)) return "ReplicasChanged";
  if (isRescheduleRequested(binding)) return "Requested";
  if (!isWorkload(spec) || !isDivided(placement)) return "Duplicated";
  return spec.clusters?.some((target) => isTerminating(target.name)) ? "ClusterTerminating" : undefined;
}

/** Whether `rescheduleTriggeredAt` is later than the last scheduling. One never scheduled is scheduled anyway. */
export function isRescheduleRequested({ spec, status }: Binding): boolean {
  const requested = spec.rescheduleTriggeredAt;
  const last = status?.lastScheduledTime;
  return requested !== undefined && last !== undefined && Date.parse(requested) > Date.parse(last);
}

function placementChanged({ metadata, status }: Binding, placement: Placement, textOf: PlacementText): boolean {
  const text = metadata.annotations?.[karmadaAnnotations.appliedPlacement];
  if (text === undefined || text === "") return true;
  if (text === textOf(placement)) return false;
  const applied = parsePlacement(text);
  if (applied === undefined || deepEqual(placement, applied)) return false;
  return (
    !deepEqual(placement.clusterAffinity, applied.clusterAffinity) ||
    !deepEqual(placement.clusterTolerations, applied.clusterTolerations) ||
    !deepEqual(placement.spreadConstraints, applied.spreadConstraints) ||
    !deepEqual(placement.replicaScheduling, applied.replicaScheduling) ||
    affinitiesChanged(placement, applied, status?.schedulerObservingAffinityName)
  );
}

/** Of several affinity groups only the observed one matters. */
function affinitiesChanged(placement: Placement, applied: Placement, observed: string | undefined): boolean {
  if (observed === undefined || observed === "") return true;
  const named = ({ clusterAffinities }: Placement): ClusterAffinityTerm | undefined =>
    clusterAffinities?.find((term) => term.affinityName === observed);
  const now = named(placement);
  const before = named(applied);
  return now === undefined || before === undefined || !deepEqual(now, before);
}

function replicasChanged(spec: BindingSpec, placement: Placement): boolean {
  const replicas = spec.replicas ?? 0;
  const targets = spec.clusters ?? [];
  if (!isDivided(placement)) return targets.some((target) => (target.replicas ?? 0) !== replicas);
  let assigned = 0;
  for (const target of targets) assigned += target.replicas ?? 0;
  return assigned !== replicas;
}

/** An annotation somebody else wrote is left alone, as upstream does. */
function parsePlacement(text: string): Placement | undefined {
  try {
    return JSON.parse(text) as Placement;
  } catch {
    return undefined;
  }
}
