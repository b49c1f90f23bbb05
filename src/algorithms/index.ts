export type { PodMetric, Tolerances, UsageTarget } from "./autoscaling/replica-count.ts";
export { replicasForUsage } from "./autoscaling/replica-count.ts";
export type { ScalingMemory } from "./autoscaling/scaling-rules.ts";
export { decideReplicas } from "./autoscaling/scaling-rules.ts";
export type { CertificateRequest } from "./certificates/certificate-request.ts";
export { certificateExpiryMs, parseCertificateRequest } from "./certificates/certificate-request.ts";
export { clusterMatches } from "./cluster-affinity.ts";
export { nextCronMs } from "./cron-schedule.ts";
export type { IngressMatch } from "./ingress-rules.ts";
export { isServedIngress, matchIngress } from "./ingress-rules.ts";
export type { SecurityRule } from "./load-balancer/aws.ts";
export { networkBalancerRules } from "./load-balancer/aws.ts";
export { addressOfBalancerHostname, balancerHostname } from "./load-balancer/hostname.ts";
export { loadBalancerOf } from "./load-balancer/load-balancer.ts";
export type { BalancerListener, HealthCheck, LoadBalancer } from "./load-balancer/model.ts";
export type { PolicyEnd, PolicyVerdict } from "./network-policy.ts";
export { policiesOf, policyVerdict } from "./network-policy.ts";
export { matchesNodeAffinity, matchesNodeTerms, namedNodes, preferredNodeAffinity } from "./node-affinity.ts";
export type { Amounts } from "./node-fit.ts";
export {
  addAmounts,
  amountsOf,
  balancedAllocationScore,
  heldRequests,
  hostPorts,
  hostPortsCollide,
  isResizing,
  leastAllocatedScore,
  podRequests,
  scoredRequests,
  shortages,
  subtractAmounts,
} from "./node-fit.ts";
export type { YamlCodec } from "./overrides.ts";
export { applyOverriders } from "./overrides.ts";
export { divideInProportion } from "./placement/divide.ts";
export { isWorkload } from "./placement/filter.ts";
export type { FailureReason, Step } from "./placement/outcome.ts";
export { scheduleBinding } from "./placement/schedule.ts";
export { isDivided } from "./placement/strategy.ts";
export { availableAtMs, isPodActive, isPodReady, rankForDeletion } from "./pod-ranking.ts";
export type { IpvsScheduler, ProxyMode, ProxyModeDecision } from "./proxy-mode.ts";
export { effectiveProxyMode } from "./proxy-mode.ts";
export type { RealServer, SchedulerState } from "./proxy-scheduler.ts";
export { scheduleConnection } from "./proxy-scheduler.ts";
export { quotaCovers } from "./quota-scopes.ts";
export type { QuotaAmounts } from "./quota-usage.ts";
export { addQuotaAmounts, missingForQuota, quotaKind, quotaUsage } from "./quota-usage.ts";
export type { RolloutBounds, SetSize } from "./rollout.ts";
export { newSetReplicas, proportionalSizes, rollingSizes, rolloutBounds } from "./rollout.ts";
export { implicitPriority, selectorPriority, selectorsPriority } from "./selector-match.ts";
export type {
  EndpointCategories,
  ProxyPlace,
  RuleDecision,
  RuleEndpoint,
  RulePath,
  ServiceRule,
} from "./service-rules.ts";
export {
  categorizeEndpoints,
  clusterIPsOf,
  eligibleEndpoints,
  endpointsOfPort,
  isHeadless,
  serviceRules,
} from "./service-rules.ts";
export { evictionAtMs, mergeTolerations, toleratesTaint, untoleratedPreferences, untoleratedTaint } from "./taints.ts";
export { type TopologySlice, topologyHints, type ZoneCapacity } from "./topology-hints.ts";
