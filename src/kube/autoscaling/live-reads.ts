import type { PodMetric } from "../../algorithms/index.ts";
import { PodMetrics } from "../../api/index.ts";
import { groupResource, type Kind, type KubeObject, milliValue, parseQuantity } from "../../apimachinery/index.ts";
import type { ApiRequest } from "../../apiserver/index.ts";
import type { ClusterClient } from "../../client/index.ts";
import { parseDurationMs } from "../../std/index.ts";
import { liveAnswer } from "../live-answer.ts";

/** The scale of a workload, as its subresource tells it. */
export type Scale = KubeObject & {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas: number; readonly selector?: string };
};

/** What an autoscaler asks the API server for each time, since it cannot be watched; a text says why it was not had. */
export interface LiveReads {
  scale(kind: Kind<KubeObject>, namespace: string, name: string): Scale | string;
  /** Usage of a resource by the pods a selector takes, by name; of one container of each when that is named. */
  podMetrics(
    namespace: string,
    selector: string,
    usage: { readonly resource: string; readonly container?: string | undefined },
  ): ReadonlyMap<string, PodMetric> | string;
}

/** Reads over a client of a server in this process, which answers at once. */
export function liveReads(client: ClusterClient): LiveReads {
  const ask = (request: ApiRequest): KubeObject | string => {
    const answer = liveAnswer(client, request);
    if (answer === undefined) return "the server is currently unable to handle the request";
    return answer.ok ? answer.object : (answer.status.message ?? "");
  };
  return {
    scale: (kind, namespace, name) => {
      const scale = ask({ verb: "get", kind, namespace, name, subresource: "scale" });
      return typeof scale === "string" ? scale : (scale as Scale);
    },
    podMetrics: (namespace, selector, { resource, container }) => {
      const options = { labelSelector: selector };
      const list = ask({ verb: "list", kind: PodMetrics, namespace, options });
      const api = "unable to fetch metrics from resource metrics API";
      if (typeof list === "string") return `${api}: ${list} (get ${groupResource(PodMetrics)})`;
      const { items } = list as KubeObject & { readonly items: readonly PodMetrics[] };
      if (items.length === 0) return "no metrics returned from resource metrics API";
      return new Map(items.flatMap((metrics) => usageBy(metrics, resource, container)));
    },
  };
}

/** A pod of which a container was not measured is not counted. */
function usageBy(
  { metadata, containers, timestamp, window }: PodMetrics,
  resource: string,
  container: string | undefined,
): readonly (readonly [name: string, metric: PodMetric])[] {
  const measured = containers.filter(({ name }) => container === undefined || name === container);
  let milli = 0;
  for (const { usage } of measured) {
    const quantity = usage[resource];
    if (quantity === undefined) return [];
    milli += milliValue(parseQuantity(quantity));
  }
  const windowMs = parseDurationMs(window) ?? 0;
  return measured.length === 0 ? [] : [[metadata.name, { milli, atMs: Date.parse(timestamp), windowMs }]];
}
