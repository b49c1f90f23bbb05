import { dns1035LabelErrors } from "../../apimachinery/index.ts";
import { deepEqual, parseIp } from "../../std/index.ts";
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

/** What is particular to Services; allocating addresses and node ports is an admission step of the cluster. */
export const serviceStrategy: Strategy<Service> = {
  applyDefaults: (service) => withIngressModes(withSpec(service, defaultServiceSpec)),
  prepareForCreate: withStatus<Service>({ loadBalancer: {} }),
  prepareForUpdate: (after, before) =>
    withField(after, "spec", dropUseless(keepAllocations(after.spec, before.spec), before.spec)),
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatus: validateServiceStatus,
  validateName: dns1035LabelErrors,
};

const OF_SPECS: Partial<ServiceSpec> = { type: "ClusterIP", sessionAffinity: "None" };
const OF_CLUSTER_IPS: Partial<ServiceSpec> = { internalTrafficPolicy: "Cluster" };
const OF_ONE_FAMILY: Partial<ServiceSpec> = { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" };
/** Nobody can say which families the endpoints of a headless Service without selector will have. */
const OF_ANY_FAMILY: Partial<ServiceSpec> = { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" };
const OF_EXTERNAL_TRAFFIC: Partial<ServiceSpec> = { externalTrafficPolicy: "Cluster" };
const OF_LOAD_BALANCERS: Partial<ServiceSpec> = { allocateLoadBalancerNodePorts: true };
/** Three hours, upstream's DefaultClientIPServiceAffinitySeconds. */
const STICKY_SECONDS = 10_800;

function defaultServiceSpec(spec: ServiceSpec): ServiceSpec {
  let result = withDefaults(spec, OF_SPECS);
  const given = result.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? undefined;
  if (result.sessionAffinity === "ClientIP" && given === undefined)
    result = { ...result, sessionAffinityConfig: { clientIP: { timeoutSeconds: STICKY_SECONDS } } };
  result = withItems(result, "ports", (port) => {
    const own =
      port.targetPort === 0 || port.targetPort === ""
        ? withoutField<ServicePort, "targetPort">(port, "targetPort")
        : port;
    return withDefaults<ServicePort>(own, { protocol: "TCP", targetPort: port.port });
  });
  if (result.type === "ExternalName") return result;
  result = withDefaults(result, OF_CLUSTER_IPS);
  if (result.clusterIP !== undefined && result.clusterIP !== "")
    result = withDefaults(result, { clusterIPs: [result.clusterIP] });
  else if (result.clusterIPs?.[0] !== undefined) result = { ...result, clusterIP: result.clusterIPs[0] };
  result = withFamilies(result);
  if (isExternallyAccessible(result)) result = withDefaults(result, OF_EXTERNAL_TRAFFIC);
  return result.type === "LoadBalancer" ? withDefaults(result, OF_LOAD_BALANCERS) : result;
}

/** One family unless more is asked for; what a cluster can give to those who ask, its allocator knows. */
function withFamilies(spec: ServiceSpec): ServiceSpec {
  const { ipFamilies = [], ipFamilyPolicy, clusterIPs = [], selector = {} } = spec;
  if (ipFamilyPolicy !== undefined && ipFamilyPolicy !== "SingleStack") return spec;
  if (ipFamilies.length > 0) return spec;
  if (spec.clusterIP === "None" && Object.keys(selector).length === 0 && ipFamilyPolicy === undefined)
    return withDefaults(spec, OF_ANY_FAMILY);
  if (clusterIPs.some((ip) => parseIp(ip)?.family === "IPv6")) return spec;
  return withDefaults(spec, OF_ONE_FAMILY);
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

/** What was allocated stays when an update leaves it out (`patchAllocatedValues`). */
function keepAllocations(after: ServiceSpec, before: ServiceSpec): ServiceSpec {
  let spec = after;
  if (spec.type !== "ExternalName" && before.type !== "ExternalName") {
    if (!spec.clusterIP && before.clusterIP !== undefined) spec = { ...spec, clusterIP: before.clusterIP };
    if ((spec.clusterIPs ?? []).length === 0 && before.clusterIPs !== undefined && spec.clusterIP === before.clusterIP)
      spec = { ...spec, clusterIPs: before.clusterIPs };
  }
  if (wantsNodePorts(spec) && wantsNodePorts(before)) spec = keepNodePorts(spec, before);
  const was = before.healthCheckNodePort ?? 0;
  if (needsHealthCheck(spec) && needsHealthCheck(before) && was !== 0 && (spec.healthCheckNodePort ?? 0) === 0)
    spec = { ...spec, healthCheckNodePort: was };
  return spec;
}

function keepNodePorts(after: ServiceSpec, before: ServiceSpec): ServiceSpec {
  const used = new Set((after.ports ?? []).map((port) => `${port.protocol}/${port.nodePort}`));
  const byName = new Map((before.ports ?? []).map((port) => [port.name ?? "", port.nodePort]));
  return withItems(after, "ports", (port) => {
    const kept = byName.get(port.name ?? "");
    if ((port.nodePort ?? 0) !== 0 || kept === undefined || used.has(`${port.protocol}/${kept}`)) return port;
    used.add(`${port.protocol}/${kept}`);
    return { ...port, nodePort: kept };
  });
}

/** What the new type has no use for goes, unless the same update set it (`dropTypeDependentFields`). */
function dropUseless(after: ServiceSpec, before: ServiceSpec): ServiceSpec {
  let spec = after;
  const drop = (...fields: readonly (keyof ServiceSpec)[]): void => {
    for (const field of fields) if (deepEqual(spec[field], before[field])) spec = withoutField(spec, field);
  };
  if (spec.type === "ExternalName" && before.type !== "ExternalName")
    drop("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy");
  if (spec.type !== "ExternalName" && before.type === "ExternalName") drop("externalName");
  if (!usesNodePorts(spec) && usesNodePorts(before) && samePorts(spec, before))
    spec = withItems(spec, "ports", (port) => withoutField(port, "nodePort"));
  if (!needsHealthCheck(spec) && needsHealthCheck(before)) drop("healthCheckNodePort");
  if (spec.type !== "LoadBalancer" && before.type === "LoadBalancer")
    drop("allocateLoadBalancerNodePorts", "loadBalancerClass");
  if (!isExternallyAccessible(spec) && isExternallyAccessible(before)) drop("externalTrafficPolicy");
  if (spec.sessionAffinity === "None" && before.sessionAffinity === "ClientIP") drop("sessionAffinityConfig");
  return spec;
}

function samePorts(after: ServiceSpec, before: ServiceSpec): boolean {
  return (after.ports ?? []).every((port, index) => port.nodePort === before.ports?.[index]?.nodePort);
}

function wantsNodePorts(spec: ServiceSpec): boolean {
  return spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
}

function needsHealthCheck(spec: ServiceSpec): boolean {
  return spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}
