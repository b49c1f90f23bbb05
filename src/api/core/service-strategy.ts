import { dns1035LabelErrors } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { mapItems, withDefaults, withField, withItems, withoutField, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import type { Service, ServicePort, ServiceSpec } from "./service.ts";
import {
  isExternallyAccessible,
  usesNodePorts,
  validateService,
  validateServiceStatus,
  validateServiceUpdate,
} from "./service-validation.ts";
import { loadBalancerWarnings, serviceWarnings } from "./service-warnings.ts";

/** What is particular to Services; allocating addresses and node ports is an admission step of the cluster. */
export const serviceStrategy: Strategy<Service> = {
  warnings: serviceWarnings,
  statusWarnings: ({ status }) => loadBalancerWarnings(status?.loadBalancer?.ingress),
  applyDefaults: (service) => withIngressModes(withSpec(service, defaultServiceSpec)),
  prepareForCreate: (service) =>
    withField(withStatus<Service>({ loadBalancer: {} })(service), "spec", withAddressList(service.spec)),
  prepareForUpdate: (after, before) => {
    const spec = withAddressList(keepAllocations(after.spec, before.spec), before.spec);
    return withField(after, "spec", dropUseless(spec, before.spec));
  },
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatus: validateServiceStatus,
  validateName: dns1035LabelErrors,
};

const OF_SPECS: Partial<ServiceSpec> = { type: "ClusterIP", sessionAffinity: "None" };
const OF_CLUSTER_IPS: Partial<ServiceSpec> = { internalTrafficPolicy: "Cluster" };
const OF_EXTERNAL_TRAFFIC: Partial<ServiceSpec> = { externalTrafficPolicy: "Cluster" };
const OF_LOAD_BALANCERS: Partial<ServiceSpec> = { allocateLoadBalancerNodePorts: true };
/** Three hours, upstream's DefaultClientIPServiceAffinitySeconds. */
const STICKY_SECONDS = 10_800;

/** Addresses and their families are no matter of defaults: the allocator of a cluster knows which it has. */
function defaultServiceSpec(spec: ServiceSpec): ServiceSpec {
  let result = withDefaults(spec, OF_SPECS);
  const given = result.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? undefined;
  if (result.sessionAffinity === "None") result = withoutField(result, "sessionAffinityConfig");
  if (result.sessionAffinity === "ClientIP" && given === undefined)
    result = { ...result, sessionAffinityConfig: { clientIP: { timeoutSeconds: STICKY_SECONDS } } };
  result = withItems(result, "ports", (port) => {
    const own =
      port.targetPort === 0 || port.targetPort === ""
        ? withoutField<ServicePort, "targetPort">(port, "targetPort")
        : port;
    return withDefaults<ServicePort>(own, { protocol: "TCP", targetPort: port.port });
  });
  if (result.type === "ExternalName") return withoutField(result, "internalTrafficPolicy");
  result = withDefaults(result, OF_CLUSTER_IPS);
  if (isExternallyAccessible(result)) result = withDefaults(result, OF_EXTERNAL_TRAFFIC);
  return result.type === "LoadBalancer" ? withDefaults(result, OF_LOAD_BALANCERS) : result;
}

/** An address of a load balancer is a virtual one unless said otherwise. */
function withIngressModes(service: Service): Service {
  const { status } = service;
  const ingress = status?.loadBalancer?.ingress;
  if (ingress === undefined || service.spec.type !== "LoadBalancer") return service;
  const moded = mapItems(ingress, (one) =>
    (one.ip ?? "") === "" || one.ipMode !== undefined ? one : { ...one, ipMode: "VIP" },
  );
  if (moded === ingress) return service;
  return { ...service, status: { ...status, loadBalancer: { ...status?.loadBalancer, ingress: moded } } };
}

/** A client that knows one address only gets the list of them (`normalizeClusterIPs`). */
function withAddressList(after: ServiceSpec, before?: ServiceSpec): ServiceSpec {
  const { clusterIP = "", clusterIPs = [] } = after;
  if (before === undefined)
    return clusterIP !== "" && clusterIPs.length === 0 ? { ...after, clusterIPs: [clusterIP] } : after;
  const was = { clusterIP: before.clusterIP ?? "", clusterIPs: before.clusterIPs ?? [] };
  if (was.clusterIPs.length > 0 && clusterIPs.length === 0 && was.clusterIP === clusterIP)
    return { ...after, clusterIPs: was.clusterIPs };
  if (was.clusterIP === clusterIP || !deepEqual(clusterIPs, was.clusterIPs)) return after;
  return clusterIP === "" ? withoutField(after, "clusterIPs") : { ...after, clusterIPs: [clusterIP] };
}

/** What was allocated stays when an update leaves it out (`patchAllocatedValues`). */
function keepAllocations(after: ServiceSpec, before: ServiceSpec): ServiceSpec {
  let spec = after;
  if (spec.type !== "ExternalName" && before.type !== "ExternalName") {
    if (!spec.clusterIP && before.clusterIP !== undefined) spec = { ...spec, clusterIP: before.clusterIP };
    if ((spec.clusterIPs ?? []).length === 0 && (before.clusterIPs ?? []).length > 0)
      spec = { ...spec, clusterIPs: before.clusterIPs ?? [] };
  }
  if (wantsNodePorts(spec) && wantsNodePorts(before)) spec = keepNodePorts(spec, before);
  const was = before.healthCheckNodePort ?? 0;
  if (needsHealthCheck(spec) && needsHealthCheck(before) && was !== 0 && (spec.healthCheckNodePort ?? 0) === 0)
    spec = { ...spec, healthCheckNodePort: was };
  return spec;
}

/** A port keeps its number by its name, unless another port has it now. */
function keepNodePorts(after: ServiceSpec, before: ServiceSpec): ServiceSpec {
  const named = new Map((before.ports ?? []).map((port) => [port.name ?? "", port.nodePort ?? 0]));
  const used = new Set((after.ports ?? []).map((port) => port.nodePort ?? 0));
  return withItems(after, "ports", (port) => {
    const kept = named.get(port.name ?? "") ?? 0;
    return (port.nodePort ?? 0) !== 0 || kept === 0 || used.has(kept) ? port : { ...port, nodePort: kept };
  });
}

/** What the new type has no use for goes, unless the same update set it (`dropTypeDependentFields`). */
function dropUseless(after: ServiceSpec, before: ServiceSpec): ServiceSpec {
  let spec = after;
  const drop = (...fields: readonly (keyof ServiceSpec)[]): void => {
    for (const field of fields) if (deepEqual(spec[field], before[field])) spec = withoutField(spec, field);
  };
  if (spec.type === "ExternalName" && before.type !== "ExternalName") {
    const isSame = (spec.clusterIP ?? "") === (before.clusterIP ?? "") && deepEqual(spec.clusterIPs, before.clusterIPs);
    if (isSame) drop("clusterIP", "clusterIPs");
    drop("ipFamilies", "ipFamilyPolicy");
  }
  if (!usesNodePorts(spec) && usesNodePorts(before) && hasNoNewNodePort(spec, before))
    spec = withItems(spec, "ports", (port) => withoutField(port, "nodePort"));
  if (!needsHealthCheck(spec) && needsHealthCheck(before)) drop("healthCheckNodePort");
  if (spec.type !== "LoadBalancer" && before.type === "LoadBalancer")
    drop("allocateLoadBalancerNodePorts", "loadBalancerClass");
  if (!isExternallyAccessible(spec) && isExternallyAccessible(before)) drop("externalTrafficPolicy");
  return spec;
}

function hasNoNewNodePort(after: ServiceSpec, before: ServiceSpec): boolean {
  const known = new Set((before.ports ?? []).map((port) => port.nodePort ?? 0));
  return (after.ports ?? []).every(({ nodePort = 0 }) => nodePort === 0 || known.has(nodePort));
}

function wantsNodePorts(spec: ServiceSpec): boolean {
  return spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
}

function needsHealthCheck(spec: ServiceSpec): boolean {
  return spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}
