import { type APIService, EndpointSlice, Service } from "../../api/index.ts";
import type { ClusterState } from "../admission.ts";
import type { ServerCore } from "../core.ts";
import { resolveService } from "../service-target.ts";
import { type ForeignCaller, type ForeignServer, foreignUrl } from "./foreign-caller.ts";
import { type ForeignResources, readResources } from "./foreign-discovery.ts";
import { askForeign, type ForeignAnswer } from "./foreign-question.ts";

/** What the condition `Available` is to say; with what is served, when that was found out. */
export type Finding = {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  readonly resources?: ForeignResources;
};

const SERVICE_NAME = "kubernetes.io/service-name";
const TIMEOUT_MS = 5000;
const AGGREGATOR = { name: "system:kube-aggregator", groups: ["system:masters"] };

/** Looks whether the server of an APIService is there and answers (`AvailableConditionController.sync`). */
export function checkForeign(
  core: ServerCore,
  caller: ForeignCaller | undefined,
  registration: APIService,
  onFinding: (finding: Finding) => void,
): void {
  const fail = (reason: string, message: string): void => onFinding({ status: "False", reason, message });
  const obstacle = obstacleTo(core.state, registration);
  if (obstacle !== undefined) {
    fail(...obstacle);
    return;
  }
  const path = discoveryPath(registration);
  const server = foreignServer(core, registration);
  const failed = (why: string): void => fail("FailedDiscoveryCheck", why);
  if (typeof server === "string") failed(server);
  else if (caller === undefined) failed("this server calls no others");
  else {
    const url = foreignUrl(server, path);
    const missing = (why: string): void => failed(`failing or missing response from ${url}: ${why}`);
    const onAnswer = ({ code, body }: ForeignAnswer): void => {
      if (code < 200 || code >= 300) missing(`bad status from ${url}: ${code}`);
      else
        onFinding({ status: "True", reason: "Passed", message: "all checks passed", resources: readResources(body) });
    };
    const onError = (why: string): void => missing(`Get ${JSON.stringify(url)}: ${why}`);
    askForeign(caller, server, { path, user: AGGREGATOR, timeoutMs: TIMEOUT_MS }, onAnswer, onError);
  }
}

/** Where the server of an APIService is; a text says why nowhere. */
export function foreignServer(core: ServerCore, { spec }: APIService): ForeignServer | string {
  const { namespace = "", name = "", port = 443 } = spec.service ?? {};
  const resolved = resolveService({ service: { namespace, name, port, path: "" } }, core.state);
  if (typeof resolved === "string") return resolved;
  const { path: _none, ...service } = resolved.service;
  const { caBundle = "", insecureSkipTLSVerify: insecure = false } = spec;
  return { cluster: core.cluster, service, insecure, ...(caBundle === "" ? {} : { caBundle }) };
}

function discoveryPath({ spec: { group = "", version = "" } }: APIService): string {
  return `/apis/${group}/${version}`;
}

/** What can be seen without asking the server. */
function obstacleTo(state: ClusterState, { spec }: APIService): readonly [reason: string, message: string] | undefined {
  const { namespace = "", name = "", port = 443 } = spec.service ?? {};
  const service = state.get(Service, name, namespace);
  const where = `service/${name} in ${JSON.stringify(namespace)}`;
  if (service === undefined) return ["ServiceNotFound", `${where} is not present`];
  if ((service.spec.type ?? "ClusterIP") !== "ClusterIP") return undefined;
  const listening = service.spec.ports?.find((one) => one.port === port);
  if (listening === undefined) return ["ServicePortError", `${where} is not listening on port ${port}`];
  const slices = state
    .list(EndpointSlice, namespace)
    .filter(({ metadata: { labels } }) => labels?.[SERVICE_NAME] === name);
  if (slices.length === 0) return ["EndpointsNotFound", `cannot find endpointslices for ${where}`];
  const portName = listening.name ?? "";
  if (slices.some((slice) => isServing(slice, portName))) return undefined;
  return [
    "MissingEndpoints",
    `endpointslices for ${where} have no addresses with port name ${JSON.stringify(portName)}`,
  ];
}

function isServing({ endpoints, ports }: EndpointSlice, portName: string): boolean {
  return (
    endpoints.some(({ conditions }) => conditions?.ready !== false) &&
    (ports ?? []).some((port) => (port.name ?? "") === portName && port.port !== undefined)
  );
}
