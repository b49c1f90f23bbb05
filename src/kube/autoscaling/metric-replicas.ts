import { replicasForUsage, type Tolerances, type UsageTarget } from "../../algorithms/index.ts";
import type { MetricSpec, MetricStatus, Pod } from "../../api/index.ts";
import { formatQuantity, milliValue, parseQuantity, quantityFromMilli } from "../../apimachinery/index.ts";
import type { LiveReads } from "./live-reads.ts";

/** The pods of an autoscaler's target, and how they are asked about. */
export type Measured = {
  readonly namespace: string;
  readonly selector: string;
  readonly pods: readonly Pod[];
  readonly current: number;
  readonly tolerances: Tolerances;
  readonly nowMs: number;
  readonly reads: LiveReads;
};

/** How many pods one metric asks for; or why that is not known, as a condition's reason and as a whole sentence. */
export type Proposal =
  | { readonly ok: true; readonly replicas: number; readonly metric: string; readonly status: MetricStatus }
  | { readonly ok: false; readonly reason: string; readonly cause: string; readonly message: string };

const NO_CUSTOM_METRICS =
  "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";

/** What one metric of an autoscaler asks for (`computeReplicasForMetric`). Custom and external metrics have nobody to serve them. */
export function proposalOf(spec: MetricSpec, measured: Measured): Proposal {
  switch (spec.type) {
    case "Resource": {
      const { name = "", target } = spec.resource ?? {};
      return resourceProposal(measured, { resource: name, target, what: `${name} resource` });
    }
    case "ContainerResource": {
      const { name = "", container, target } = spec.containerResource ?? {};
      return resourceProposal(measured, { resource: name, container, target, what: `${container} container` });
    }
    case "Pods":
      return failed(
        "FailedGetPodsMetric",
        `unable to get metric ${spec.pods?.metric.name}: ${NO_CUSTOM_METRICS}`,
        "pods",
      );
    case "Object": {
      const { metric, describedObject } = spec.object ?? {};
      const cause = `unable to get metric ${metric?.name}: ${describedObject?.kind} on ${measured.namespace} ${describedObject?.name}/${NO_CUSTOM_METRICS}`;
      return failed("FailedGetObjectMetric", cause, "object");
    }
    case "External": {
      const { name, selector } = spec.external?.metric ?? {};
      const told = selector === undefined ? "nil" : JSON.stringify(selector);
      const cause = `unable to get external metric ${measured.namespace}/${name}/${told}: unable to fetch metrics from external metrics API: no external metrics API (external.metrics.k8s.io) registered`;
      return failed("FailedGetExternalMetric", cause, `${name} external`);
    }
  }
}

type ResourceMetric = {
  readonly resource: string;
  readonly container?: string | undefined;
  readonly target: NonNullable<MetricSpec["resource"]>["target"] | undefined;
  readonly what: string;
};

function resourceProposal(measured: Measured, { resource, container, target, what }: ResourceMetric): Proposal {
  const { averageValue, averageUtilization = 0 } = target ?? {};
  const wanted: UsageTarget =
    averageValue === undefined
      ? { utilization: averageUtilization }
      : { averageMilli: milliValue(parseQuantity(averageValue)) };
  const kind = averageValue === undefined ? "utilization" : "usage";
  const reason = container === undefined ? "FailedGetResourceMetric" : "FailedGetContainerResourceMetric";
  const unknown = (why: string): Proposal => failed(reason, `failed to get ${resource} ${kind}: ${why}`, what);
  const { namespace, selector, reads, ...rest } = measured;
  const metrics = reads.podMetrics(namespace, selector, { resource, container });
  if (typeof metrics === "string") return unknown(`unable to get metrics for resource ${resource}: ${metrics}`);
  const demand = replicasForUsage({ ...rest, resource, container, target: wanted, metrics });
  if (typeof demand === "string") return unknown(demand);
  const current = {
    ...(demand.utilization === undefined ? {} : { averageUtilization: demand.utilization }),
    averageValue: amount(resource, demand.averageMilli),
  };
  const status: MetricStatus =
    container === undefined
      ? { type: "Resource", resource: { name: resource, current } }
      : { type: "ContainerResource", containerResource: { name: resource, container, current } };
  const form = `${resource}${container === undefined ? "" : " container"} resource utilization (percentage of request)`;
  const metric = averageValue === undefined ? form : `${resource} resource`;
  return { ok: true, replicas: demand.replicas, metric, status };
}

function failed(reason: string, cause: string, what: string): Proposal {
  return { ok: false, reason, cause, message: `failed to get ${what} metric value: ${cause}` };
}

/** Memory is told in bytes, everything else in thousandths. */
function amount(resource: string, milli: number): string {
  return formatQuantity(quantityFromMilli(milli, resource === "memory" ? "BinarySI" : "DecimalSI"));
}
