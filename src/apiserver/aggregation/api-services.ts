import { APIService } from "../../api/index.ts";
import { type Unstructured, unstructured } from "../../apimachinery/index.ts";
import type { Call, ServerCore } from "../core.ts";
import type { User } from "../request.ts";
import type { Resource } from "../resource.ts";
import { commitCreate, commitDelete } from "../write.ts";
import { priorityOf } from "./priorities.ts";

/** A group version this server answers for another one that an APIService is to name. */
export type AggregatedGroup = {
  readonly group: string;
  readonly version: string;
  readonly service: { readonly namespace: string; readonly name: string };
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
};

type GroupVersion = { readonly group: string; readonly version: string };

const API_SERVER: User = { name: "system:apiserver", groups: ["system:masters"] };
/** How the autoregister controller marks what it keeps: written at start, or kept for as long as a definition is there. */
const MANAGED = "kube-aggregator.kubernetes.io/automanaged";

/** Writes an APIService for every group version served from the start (`kube-apiserver-autoregistration`). */
export function registerServed(core: ServerCore, aggregated: readonly AggregatedGroup[]): void {
  const services = core.registry.lookup(APIService);
  if (services === undefined) return;
  for (const served of groupVersions(core.registry.resources())) {
    const behind = aggregated.find(({ group, version }) => group === served.group && version === served.version);
    write(
      core,
      services,
      behind === undefined ? localService(core, served, "onstart") : aggregatedService(core, behind),
    );
  }
}

/** Has the APIServices of a group of custom resources follow what is served of it. */
export function registerCustom(core: ServerCore, group: string): void {
  const services = core.keepsApiServices ? core.registry.lookup(APIService) : undefined;
  if (services === undefined) return;
  const served = groupVersions(core.registry.resources().filter(({ kind }) => kind.group === group));
  for (const groupVersion of served)
    if (services.get(undefined, nameOf(groupVersion)) === undefined)
      write(core, services, localService(core, groupVersion, "true"));
  const names = new Set(served.map(nameOf));
  for (const object of services.list())
    if (
      (object as Unstructured & APIService).spec.group === group &&
      !names.has(object.metadata.name) &&
      isKept(object)
    )
      commitDelete(callOf(core, services), object);
}

function isKept({ metadata }: Unstructured): boolean {
  return metadata.labels?.[MANAGED] === "true";
}

function groupVersions(resources: readonly Resource[]): readonly GroupVersion[] {
  const found = new Map<string, GroupVersion>();
  for (const { kind } of resources) found.set(nameOf(kind), { group: kind.group, version: kind.version });
  return [...found.values()];
}

function nameOf({ group, version }: GroupVersion): string {
  return `${version}.${group}`;
}

function localService(core: ServerCore, served: GroupVersion, managed: "onstart" | "true"): APIService {
  const { group, version } = served;
  const priority = priorityOf(served);
  const spec = { version, groupPriorityMinimum: priority.group, versionPriority: priority.version };
  return {
    ...headOf(core, nameOf(served), { [MANAGED]: managed }),
    spec: group === "" ? spec : { group, ...spec },
    status: available(core, "Local", "Local APIServices are always available"),
  };
}

function aggregatedService(core: ServerCore, served: AggregatedGroup): APIService {
  const { service, ...spec } = served;
  return {
    ...headOf(core, nameOf(served)),
    spec: { ...spec, service: { ...service, port: 443 }, insecureSkipTLSVerify: true },
    status: available(core, "Passed", "all checks passed"),
  };
}

function headOf(core: ServerCore, name: string, labels?: Readonly<Record<string, string>>): Omit<APIService, "spec"> {
  const own = { uid: core.state.newUid(), creationTimestamp: core.timestamp() };
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: APIService.kind,
    metadata: { name, ...own, ...(labels === undefined ? {} : { labels }) },
  };
}

function available(core: ServerCore, reason: string, message: string): NonNullable<APIService["status"]> {
  const lastTransitionTime = core.timestamp();
  return { conditions: [{ type: "Available", status: "True", lastTransitionTime, reason, message }] };
}

function write(core: ServerCore, services: Resource, object: APIService): void {
  commitCreate(callOf(core, services), unstructured(object));
}

function callOf(core: ServerCore, resource: Resource): Call {
  return { core, resource, request: { verb: "create", kind: resource.kind }, user: API_SERVER, options: {} };
}
