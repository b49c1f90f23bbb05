import type { ApiRequest } from "./request.ts";
import type { Resource } from "./resource.ts";

/** What is counted of a request beside the code of its answer. */
export type RequestLabels = string;

const VERBS: Readonly<Record<ApiRequest["verb"], string>> = {
  create: "POST",
  delete: "DELETE",
  deletecollection: "DELETECOLLECTION",
  get: "GET",
  list: "LIST",
  patch: "PATCH",
  update: "PUT",
  watch: "WATCH",
};

/** Counts what a server was asked, as `k8s.io/apiserver/pkg/endpoints/metrics` does. */
export class RequestMetrics {
  readonly #answered = new Map<string, number>();
  readonly #running = new Map<RequestLabels, number>();

  answered(labels: RequestLabels, code: number): void {
    const series = `code="${code}",component="apiserver",${labels}`;
    this.#answered.set(series, (this.#answered.get(series) ?? 0) + 1);
  }

  /** Counts a watch from now on until the function returned is called. */
  running(labels: RequestLabels): () => void {
    this.#running.set(labels, (this.#running.get(labels) ?? 0) + 1);
    return () => this.#running.set(labels, (this.#running.get(labels) ?? 0) - 1);
  }

  /** The counters in Prometheus' text format. */
  text(): string {
    return (
      metric(
        ["apiserver_request_total", "counter"],
        "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
        this.#answered,
      ) +
      metric(
        ["apiserver_longrunning_requests", "gauge"],
        "Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component.",
        new Map([...this.#running].map(([labels, count]) => [`component="apiserver",${labels}`, count])),
      )
    );
  }
}

/** The labels of a request to a resource. */
export function labelsOf(request: ApiRequest, resource: Resource): RequestLabels {
  const { group, version, plural } = resource.kind;
  const { verb, namespace, name, subresource = "", options, patch } = request;
  const scope = name !== undefined ? "resource" : namespace !== undefined ? "namespace" : "cluster";
  const dryRun = options?.dryRun === true ? "All" : "";
  const shown = patch?.type === "apply" ? "APPLY" : VERBS[verb];
  return `dry_run="${dryRun}",group="${group}",resource="${plural}",scope="${scope}",subresource="${subresource}",verb="${shown}",version="${version}"`;
}

/** One metric of the text format: its help, its type and a line for each series. */
export function metric(
  [name, type]: readonly [name: string, type: "counter" | "gauge"],
  help: string,
  series: ReadonlyMap<string, number>,
): string {
  const lines = [...series].map(([labels, value]) => `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.sort().join("")}`;
}
