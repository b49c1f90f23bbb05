import { apiVersionOf } from "../apimachinery/index.ts";
import type { ApiRequest, PatchType, RequestOptions } from "../apiserver/index.ts";

/** A request as it goes over HTTP; the path is relative to the cluster's address. */
export type HttpCall = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
};

const METHODS = {
  get: "GET",
  list: "GET",
  watch: "GET",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
} as const;

const PATCH_CONTENT: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  // JSON is YAML.
  apply: "application/apply-patch+yaml",
};

/** Discovery in one document per root, where the cluster can (Kubernetes 1.27 and later). */
const DISCOVERY_ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;q=0.9";

/** The HTTP form of a request for a resource. */
export function callOf(request: ApiRequest): HttpCall {
  const method = METHODS[request.verb];
  const path = resourcePath(request) + queryOf(request);
  const accept = { accept: "application/json" };
  if (request.patch !== undefined) {
    const headers = { ...accept, "content-type": PATCH_CONTENT[request.patch.type] };
    return { method, path, headers, body: JSON.stringify(request.patch.body) };
  }
  const body = bodyOf(request);
  if (body === undefined) return { method, path, headers: accept };
  return { method, path, headers: { ...accept, "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** The HTTP form of a GET of a path that is no resource. */
export function rawCall(path: string): HttpCall {
  const discovery = path === "/api" || path === "/apis";
  return { method: "GET", path, headers: { accept: discovery ? DISCOVERY_ACCEPT : "application/json, */*" } };
}

function resourcePath({ kind, verb, namespace, name, subresource, object }: ApiRequest): string {
  const root = kind.group === "" ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  const space = namespace === undefined || !kind.namespaced ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  // A new object is posted to its collection; a subresource's to the object it belongs to.
  const addressed = verb === "create" && subresource === undefined ? undefined : (name ?? object?.metadata.name);
  const item = addressed === undefined ? "" : `/${encodeURIComponent(addressed)}`;
  return `${root}${space}/${kind.plural}${item}${subresource === undefined ? "" : `/${subresource}`}`;
}

function queryOf({ verb, options = {} }: ApiRequest): string {
  const query = new URLSearchParams();
  if (verb === "watch") query.set("watch", "true");
  for (const name of QUERY_OPTIONS) {
    const value = options[name];
    if (value !== undefined) query.set(name, String(value));
  }
  if (options.dryRun === true && verb !== "delete") query.set("dryRun", "All");
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

const QUERY_OPTIONS = [
  "labelSelector",
  "fieldSelector",
  "limit",
  "continue",
  "resourceVersion",
  "resourceVersionMatch",
  "allowWatchBookmarks",
  "sendInitialEvents",
  "timeoutSeconds",
  "fieldManager",
  "fieldValidation",
  "force",
] as const satisfies readonly (keyof RequestOptions)[];

function bodyOf({ verb, object, options = {} }: ApiRequest): unknown {
  if (verb !== "delete" && verb !== "deletecollection") return object;
  const { propagationPolicy, gracePeriodSeconds, preconditions, dryRun } = options;
  const asked = { propagationPolicy, gracePeriodSeconds, preconditions, dryRun: dryRun === true ? ["All"] : undefined };
  if (Object.values(asked).every((value) => value === undefined)) return undefined;
  return { apiVersion: "v1", kind: "DeleteOptions", ...asked };
}
