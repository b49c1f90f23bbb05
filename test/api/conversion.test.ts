import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/apimachinery/index.ts";
import { descriptorOf, given } from "./built-in.ts";

const conversion = descriptorOf("HorizontalPodAutoscaler", "v1").conversion;
const scaleTargetRef = { kind: "Deployment", name: "web" };
const cpu = { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } };
const memory = {
  type: "Resource",
  resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } },
};

describe("autoscaling/v1", () => {
  it("shows the target of cpu alone, and stores it as a metric", () => {
    const v1 = {
      ...given("HorizontalPodAutoscaler", {
        spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
      }),
      apiVersion: "autoscaling/v1",
    };
    const stored = conversion?.toStorage(v1) as KubeObject;
    expect(stored).toMatchObject({ apiVersion: "autoscaling/v2", spec: { metrics: [cpu] } });
    expect(conversion?.fromStorage(stored)).toEqual(v1);
  });

  it("always tells how many replicas there are, of which v2 says nothing when there are none", () => {
    const v1 = {
      ...given("HorizontalPodAutoscaler", { spec: { scaleTargetRef, maxReplicas: 3 } }),
      apiVersion: "autoscaling/v1",
      status: { currentReplicas: 0, desiredReplicas: 0 },
    };
    const stored = conversion?.toStorage(v1) as KubeObject & { readonly status: object };
    expect(stored.status).toEqual({ desiredReplicas: 0 });
    expect(conversion?.fromStorage(stored)).toEqual(v1);
  });

  it("writes what it has no fields for into annotations, as kube-apiserver does, and loses nothing of it", () => {
    const metric = (name: string, selector?: object): object =>
      selector === undefined ? { name } : { name, selector };
    const describedObject = { kind: "Ingress", name: "main" };
    const v2 = given("HorizontalPodAutoscaler", {
      spec: {
        scaleTargetRef,
        maxReplicas: 3,
        metrics: [
          { type: "ContainerResource", containerResource: { name: "cpu", container: "app", target: average("100m") } },
          { type: "Pods", pods: { metric: metric("packets", { matchLabels: { a: "b" } }), target: average("1k") } },
          {
            type: "Object",
            object: { describedObject, metric: metric("rps"), target: { type: "Value", value: "2k" } },
          },
          { type: "Object", object: { describedObject, metric: metric("rps"), target: average("3") } },
          {
            type: "External",
            external: { metric: metric("queue", { matchLabels: { q: "x" } }), target: average("30") },
          },
          memory,
          cpu,
        ],
        behavior: {
          scaleDown: { selectPolicy: "Min", policies: [{ type: "Percent", value: 10, periodSeconds: 60 }] },
        },
      },
      status: {
        currentReplicas: 1,
        currentMetrics: [
          { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 40, averageValue: "20m" } } },
          { type: "Object", object: { describedObject, metric: metric("rps"), current: { value: "1k" } } },
          { type: "External", external: { metric: metric("queue"), current: { value: "0", averageValue: "3" } } },
        ],
        conditions: [{ type: "AbleToScale", status: "True", reason: "R" }],
      },
    });
    const v1 = conversion?.fromStorage(v2) as KubeObject;
    const prefix = "autoscaling.alpha.kubernetes.io";
    expect(v1.metadata.annotations).toEqual({
      [`${prefix}/metrics`]:
        '[{"type":"ContainerResource","containerResource":{"name":"cpu","targetAverageValue":"100m","container":"app"}},{"type":"Pods","pods":{"metricName":"packets","targetAverageValue":"1k","selector":{"matchLabels":{"a":"b"}}}},{"type":"Object","object":{"target":{"kind":"Ingress","name":"main"},"metricName":"rps","targetValue":"2k"}},{"type":"Object","object":{"target":{"kind":"Ingress","name":"main"},"metricName":"rps","targetValue":"0","averageValue":"3"}},{"type":"External","external":{"metricName":"queue","metricSelector":{"matchLabels":{"q":"x"}},"targetAverageValue":"30"}},{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}}]',
      [`${prefix}/behavior`]:
        '{"ScaleUp":null,"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Min","Policies":[{"Type":"Percent","Value":10,"PeriodSeconds":60}],"Tolerance":null}}',
      [`${prefix}/current-metrics`]:
        '[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":40,"currentAverageValue":"20m"}},{"type":"Object","object":{"target":{"kind":"Ingress","name":"main"},"metricName":"rps","currentValue":"1k"}},{"type":"External","external":{"metricName":"queue","currentValue":"0","currentAverageValue":"3"}}]',
      [`${prefix}/conditions`]: '[{"type":"AbleToScale","status":"True","reason":"R"}]',
    });
    expect(conversion?.toStorage(v1)).toEqual(v2);
  });
});

function average(averageValue: string): object {
  return { type: "AverageValue", averageValue };
}
