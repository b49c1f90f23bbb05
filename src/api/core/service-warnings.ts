import { addressWarnings, networkWarnings } from "../address-forms.ts";
import type { LoadBalancerIngress, Service } from "./service.ts";

/** What is odd about a Service (`pkg/api/service.GetWarningsForService`). */
export function serviceWarnings({ metadata, spec }: Service): readonly string[] {
  const { clusterIP, clusterIPs = [], externalIPs = [], loadBalancerIP = "", loadBalancerSourceRanges = [] } = spec;
  const isHeadless = spec.type === "ClusterIP" && clusterIP === "None";
  const isAddressed = clusterIP !== undefined && clusterIP !== "" && clusterIP !== "None";
  const isName = spec.type === "ExternalName";
  return [
    ...(metadata.annotations?.["service.kubernetes.io/topology-aware-hints"] === undefined
      ? []
      : [
          "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead",
        ]),
    ...(isAddressed ? clusterIPs.flatMap((ip, index) => addressWarnings(`spec.clusterIPs[${index}]`, ip)) : []),
    ...(isHeadless ? headlessWarnings(spec) : []),
    ...externalIPs.flatMap((ip, index) => addressWarnings(`spec.externalIPs[${index}]`, ip)),
    ...(loadBalancerIP === "" ? [] : addressWarnings("spec.loadBalancerIP", loadBalancerIP)),
    ...loadBalancerSourceRanges.flatMap((range, index) =>
      networkWarnings(`spec.loadBalancerSourceRanges[${index}]`, range),
    ),
    ...(isName && externalIPs.length > 0 ? ['spec.externalIPs is ignored when spec.type is "ExternalName"'] : []),
    ...(!isName && spec.externalName ? ['spec.externalName is ignored when spec.type is not "ExternalName"'] : []),
    ...(spec.trafficDistribution === "PreferClose"
      ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']
      : []),
  ];
}

function headlessWarnings({
  loadBalancerIP = "",
  externalIPs = [],
  sessionAffinity,
}: Service["spec"]): readonly string[] {
  return [
    ...(loadBalancerIP === "" ? [] : ["spec.loadBalancerIP is ignored for headless services"]),
    ...(externalIPs.length === 0 ? [] : ["spec.externalIPs is ignored for headless services"]),
    ...(sessionAffinity === "None" ? [] : ["spec.SessionAffinity is ignored for headless services"]),
  ];
}

/** Odd addresses a load balancer was given, of a Service or an Ingress. */
export function loadBalancerWarnings(ingress: readonly LoadBalancerIngress[] = []): readonly string[] {
  return ingress.flatMap(({ ip = "" }, index) =>
    ip === "" ? [] : addressWarnings(`status.loadBalancer.ingress[${index}]`, ip),
  );
}
