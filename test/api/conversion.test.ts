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

  it("loses nothing of autoscaling/v2 on the way there and back", () => {
    const v2 = given("HorizontalPodAutoscaler", {
      spec: {
        scaleTargetRef,
        maxReplicas: 3,
        metrics: [cpu, memory],
        behavior: { scaleDown: { selectPolicy: "Disabled" } },
      },
    });
    expect(conversion?.toStorage(conversion.fromStorage(v2))).toEqual(v2);
  });
});
