import {
  dns1123LabelErrors,
  duplicate,
  type FieldError,
  invalid,
  labelValueErrors,
  notSupported,
  qualifiedNameErrors,
  required,
} from "../../apimachinery/index.ts";
import type { Taint } from "../core/node.ts";
import type { Cluster, ClusterSpec, LocalSecretReference } from "./cluster.ts";
import { resourceModelsError } from "./resource-models.ts";

const NAME_LENGTH_MAX = 48;
const ID_LENGTH_MAX = 128_000;
const TAINT_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** What is wrong with a Cluster (`pkg/apis/cluster/validation`). */
export function validateCluster(cluster: Cluster): readonly FieldError[] {
  const { spec } = cluster;
  return [
    ...syncModeErrors(spec),
    ...idErrors(spec),
    ...endpointErrors(spec.apiEndpoint),
    ...secretErrors(spec.secretRef, "spec.secretRef"),
    ...secretErrors(spec.impersonatorSecretRef, "spec.impersonatorSecretRef"),
    ...proxyErrors(spec.proxyURL),
    ...topologyErrors(spec),
    ...taintErrors(spec.taints ?? []),
    ...modelErrors(spec),
  ];
}

/** What is wrong with a Cluster's name; it becomes part of namespace names, hence the short limit. */
export function clusterNameErrors(name: string): readonly string[] {
  if (name === "") return ["must be not empty"];
  if (name.length > NAME_LENGTH_MAX) return [`must be no more than ${NAME_LENGTH_MAX} characters`];
  return dns1123LabelErrors(name);
}

function syncModeErrors({ syncMode }: { readonly syncMode?: string }): FieldError[] {
  if (syncMode === undefined || syncMode === "") return [required("spec.syncMode")];
  if (syncMode === "Push" || syncMode === "Pull") return [];
  return [notSupported("spec.syncMode", syncMode, ["Pull", "Push"])];
}

function idErrors({ id = "" }: ClusterSpec): FieldError[] {
  if (id.length <= ID_LENGTH_MAX) return [];
  const detail = `may not be more than ${ID_LENGTH_MAX} bytes`;
  return [{ type: "FieldValueTooLong", field: "spec.id", value: id, detail }];
}

function endpointErrors(endpoint: string | undefined): FieldError[] {
  if (endpoint === undefined || endpoint === "") return [];
  const field = "spec.apiEndpoint";
  // An endpoint may lack a scheme (`10.0.0.1:6443`), which URL would read as one.
  const url = parseUrl(endpoint.includes("://") ? endpoint : `https://${endpoint}`);
  if (url === undefined)
    return [invalid(field, endpoint, `apiEndpoint must be a valid URL: parse "${endpoint}": invalid URL`)];
  const errors: FieldError[] = [];
  if (url.host === "")
    errors.push(
      invalid(field, url.host, "host must be provided; desired format: hostname, hostname:port, IP or IP:port"),
    );
  if (url.username !== "" || url.password !== "")
    errors.push(invalid(field, url.username, "user information is not permitted in the URL"));
  if (url.hash !== "") errors.push(invalid(field, url.hash.slice(1), "fragments are not permitted in the URL"));
  if (url.search !== "")
    errors.push(invalid(field, url.search.slice(1), "query parameters are not permitted in the URL"));
  return errors;
}

function secretErrors(reference: LocalSecretReference | undefined, field: string): FieldError[] {
  if (reference === undefined) return [];
  const errors: FieldError[] = [];
  if ((reference.namespace ?? "") === "") errors.push(required(`${field}.namespace`));
  if ((reference.name ?? "") === "") errors.push(required(`${field}.name`));
  return errors;
}

function proxyErrors(proxyUrl: string | undefined): FieldError[] {
  if (proxyUrl === undefined || proxyUrl === "") return [];
  const url = parseUrl(proxyUrl);
  if (url === undefined) return [invalid("spec.proxyURL", proxyUrl, `parse "${proxyUrl}": invalid URL`)];
  const scheme = url.protocol.slice(0, -1);
  if (scheme === "http" || scheme === "https" || scheme === "socks5") return [];
  return [invalid("spec.proxyURL", proxyUrl, `unsupported scheme "${scheme}", must be http, https, or socks5`)];
}

function topologyErrors({ provider = "", region = "", zone = "", zones = [] }: ClusterSpec): FieldError[] {
  const labels = (field: string, value: string): FieldError[] =>
    value === "" ? [] : labelValueErrors(value).map((detail) => invalid(field, value, detail));
  const errors = [...labels("spec.provider", provider), ...labels("spec.region", region)];
  if (zone !== "" && zones.length > 0) errors.push(invalid("spec.zone", zone, "Zone and Zones cannot co-exist"));
  return [...errors, ...zones.flatMap((value, index) => labels(`spec.zones[${index}]`, value))];
}

function taintErrors(taints: readonly Taint[]): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const field = `spec.taints[${index}]`;
    const errors = qualifiedNameErrors(taint.key).map((detail) => invalid(`${field}.key`, taint.key, detail));
    const value = taint.value ?? "";
    if (value !== "") errors.push(...labelValueErrors(value).map((detail) => invalid(`${field}.value`, value, detail)));
    if (!TAINT_EFFECTS.includes(taint.effect))
      errors.push(notSupported(`${field}.effect`, taint.effect, TAINT_EFFECTS));
    const identity = `${taint.key}:${taint.effect}`;
    if (seen.has(identity)) errors.push(duplicate(field, identity));
    seen.add(identity);
    return errors;
  });
}

function modelErrors({ resourceModels = [] }: ClusterSpec): FieldError[] {
  const error = resourceModelsError(resourceModels);
  return error === undefined ? [] : [invalid("spec.resourceModels", resourceModels, error)];
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
