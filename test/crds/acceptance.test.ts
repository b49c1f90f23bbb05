import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../src/apimachinery/index.ts";
import { fleet } from "../federation/fleet.ts";

const made = fleet({ members: [] });

/** One of each, with the fields users write most. */
const ACCEPTED = `
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: full}
spec:
  conflictResolution: Overwrite
  activationPreference: Lazy
  propagateDeps: true
  priority: 7
  dependentOverrides: [some]
  preserveResourcesOnDeletion: true
  resourceSelectors:
  - {apiVersion: apps/v1, kind: Deployment, labelSelector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: Exists}]}}
  placement:
    clusterAffinities:
    - {affinityName: near, clusterNames: [m1], exclude: [m2], labelSelector: {matchLabels: {a: b}}}
    - {affinityName: far, fieldSelector: {matchExpressions: [{key: region, operator: NotIn, values: [eu]}]}}
    clusterTolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 300}]
    spreadConstraints: [{spreadByField: cluster, maxGroups: 2, minGroups: 1}, {spreadByField: region, maxGroups: 2, minGroups: 1}]
    replicaScheduling:
      replicaSchedulingType: Divided
      replicaDivisionPreference: Weighted
      weightPreference: {staticWeightList: [{targetCluster: {clusterNames: [m1]}, weight: 2}]}
    workloadAffinity: {antiAffinity: {groupByLabelKey: team}}
  failover: {application: {decisionConditions: {tolerationSeconds: 60}, purgeMode: Directly, statePreservation: {rules: [{aliasLabelName: x, jsonPath: "{.a}"}]}}}
  schedulePriority: {priorityClassName: high, priorityClassSource: KubePriorityClass}
  suspension: {dispatchingOnClusters: {clusterNames: [m1]}}
---
apiVersion: policy.karmada.io/v1alpha1
kind: ClusterOverridePolicy
metadata: {name: full}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment}]
  overrideRules:
  - targetCluster: {clusterNames: [m1]}
    overriders:
      plaintext: [{path: /spec/replicas, operator: replace, value: 3}, {path: /metadata/x, operator: add, value: {deep: [1]}}]
      imageOverrider: [{component: Registry, operator: replace, value: registry.local, predicate: {path: /spec/x}}]
      commandOverrider: [{containerName: main, operator: add, value: [run]}]
      argsOverrider: [{containerName: main, operator: remove, value: [-v]}]
      labelsOverrider: [{operator: add, value: {a: b}}]
      annotationsOverrider: [{operator: remove, value: {a: b}}]
      fieldOverrider: [{fieldPath: /data/config, yaml: [{subPath: /a, operator: replace, value: 1}]}]
---
{apiVersion: policy.karmada.io/v1alpha1, kind: FederatedResourceQuota, metadata: {name: full}, spec: {overall: {cpu: 10, memory: 20Gi}, staticAssignments: [{clusterName: m1, hard: {cpu: "1"}}]}}
---
{apiVersion: policy.karmada.io/v1alpha1, kind: ClusterTaintPolicy, metadata: {name: full}, spec: {taints: [{key: a, effect: NoSchedule}], addOnConditions: [{conditionType: Ready, operator: NotIn, statusValues: ["True"]}]}}
---
apiVersion: work.karmada.io/v1alpha2
kind: ClusterResourceBinding
metadata: {name: full}
spec:
  resource: {apiVersion: v1, kind: Namespace, name: x, uid: u}
  clusters: [{name: m1, replicas: 2}]
  replicaRequirements: {resourceRequest: {cpu: 100m}, nodeClaim: {nodeSelector: {a: b}, tolerations: [{operator: Exists}]}}
  gracefulEvictionTasks: [{fromCluster: m2, producer: TaintManager, reason: TaintUntolerated, purgeMode: Never, suppressDeletion: true}]
  requiredBy: [{name: other, namespace: default, clusters: [{name: m1}]}]
---
{apiVersion: config.karmada.io/v1alpha1, kind: ResourceInterpreterCustomization, metadata: {name: full}, spec: {target: {apiVersion: a/v1, kind: B}, customizations: {retention: {luaScript: "function Retain(a, b) return a end"}}}}
---
apiVersion: config.karmada.io/v1alpha1
kind: ResourceInterpreterWebhookConfiguration
metadata: {name: full}
webhooks:
- name: a.b.c
  clientConfig: {service: {namespace: x, name: y, port: 443, path: /z}, caBundle: ""}
  interpreterContextVersions: [v1alpha1]
  rules: [{apiGroups: [a], apiVersions: [v1], kinds: [B], operations: ["*"]}]
---
{apiVersion: networking.karmada.io/v1alpha1, kind: MultiClusterService, metadata: {name: full}, spec: {types: [CrossCluster], ports: [{port: 80, name: http}], providerClusters: [{name: m1}], consumerClusters: [{name: m2}]}}
---
apiVersion: networking.karmada.io/v1alpha1
kind: MultiClusterIngress
metadata: {name: full}
spec:
  ingressClassName: nginx
  defaultBackend: {service: {name: web, port: {number: 80}}}
  tls: [{hosts: [a.b], secretName: s}]
  rules: [{host: a.b, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}}]
---
apiVersion: autoscaling.karmada.io/v1alpha1
kind: FederatedHPA
metadata: {name: full}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 10
  behavior: {scaleDown: {stabilizationWindowSeconds: 10}}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 100m}}}]
---
{apiVersion: autoscaling.karmada.io/v1alpha1, kind: CronFederatedHPA, metadata: {name: full}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, rules: [{name: up, schedule: "0 8 * * 1-5", targetReplicas: 5, timeZone: Asia/Shanghai}, {name: down, schedule: "@daily", targetReplicas: 1}]}}
---
{apiVersion: apps.karmada.io/v1alpha1, kind: WorkloadRebalancer, metadata: {name: full}, spec: {workloads: [{apiVersion: apps/v1, kind: Deployment, name: web, namespace: default}]}}
---
{apiVersion: remedy.karmada.io/v1alpha1, kind: Remedy, metadata: {name: full}, spec: {actions: [TrafficControl], clusterAffinity: {clusterNames: [m1]}, decisionMatches: [{clusterConditionMatch: {conditionType: ServiceDomainNameResolutionReady, operator: Equal, conditionStatus: "False"}}]}}
---
{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceExport, metadata: {name: full}}
---
{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceImport, metadata: {name: full}, spec: {type: ClusterSetIP, ports: [{name: http, port: 80, protocol: TCP}], ips: ["10.10.0.5"]}}
`;

const documents = (text: string): KubeObject[] =>
  parseAllDocuments(text).map((document) => document.toJS() as KubeObject);

describe("the host", () => {
  it.each(documents(ACCEPTED).map((object) => [object.kind, object] as const))("takes a %s whole", (_kind, object) => {
    const answer = made.host.tryCreate(object);
    expect(answer.ok ? answer.object : answer.status.message).toMatchObject({
      ...("spec" in object ? { spec: withoutSelectors(object) } : {}),
    });
  });

  it.each([
    [
      "S4-13 an import without type",
      "{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceImport, metadata: {name: x}, spec: {ports: []}}",
      "spec.type: Required value",
    ],
    [
      "S4-13 an import without ports",
      "{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceImport, metadata: {name: x}, spec: {type: Headless}}",
      "spec.ports: Required value",
    ],
    [
      "an import of two addresses",
      "{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceImport, metadata: {name: x}, spec: {type: ClusterSetIP, ports: [], ips: [a, b]}}",
      "spec.ips: Too many",
    ],
    [
      "a policy of another conflict resolution",
      "{apiVersion: policy.karmada.io/v1alpha1, kind: PropagationPolicy, metadata: {name: x}, spec: {conflictResolution: Fight, resourceSelectors: [{apiVersion: v1, kind: Secret}]}}",
      'Unsupported value: "Fight"',
    ],
    [
      "a weight of nothing",
      "{apiVersion: policy.karmada.io/v1alpha1, kind: PropagationPolicy, metadata: {name: x}, spec: {resourceSelectors: [{apiVersion: v1, kind: Secret}], placement: {replicaScheduling: {weightPreference: {staticWeightList: [{targetCluster: {}, weight: 0}]}}}}}",
      "should be greater than or equal to 1",
    ],
    [
      "an eviction without a reason",
      "{apiVersion: work.karmada.io/v1alpha2, kind: ClusterResourceBinding, metadata: {name: x}, spec: {resource: {apiVersion: v1, kind: X, name: x}, gracefulEvictionTasks: [{fromCluster: a, producer: b}]}}",
      "reason: Required value",
    ],
  ])("refuses %s", (_case, text, expected) => {
    const answer = made.host.tryCreate(documents(text)[0] as KubeObject);
    expect(answer.ok ? "accepted" : answer.status.code).toBe(422);
    expect(answer.ok ? "accepted" : answer.status.message).toContain(expected);
  });
});

/** Selectors gain a namespace on the way in. */
function withoutSelectors(object: KubeObject): unknown {
  const { spec } = object as KubeObject & { readonly spec: Readonly<Record<string, unknown>> };
  const { resourceSelectors: _selectors, ...rest } = spec;
  return rest;
}
