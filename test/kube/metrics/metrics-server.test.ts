import { describe, expect, it } from "vitest";
import { Node, NodeMetrics, Pod, PodMetrics } from "../../../src/api/index.ts";
import { milliValue, parseQuantity, quantityToNumber, type Unstructured } from "../../../src/apimachinery/index.ts";
import { metricsResources } from "../../../src/kube/index.ts";
import { advanceTo } from "../../../src/sim/index.ts";
import { type Fixture, fixture, object } from "../../apiserver/fixture.ts";

const containers = [
  { name: "main", image: "a", resources: { requests: { cpu: "500m", memory: "100Mi" } } },
  { name: "side", image: "b" },
];

/** Two pods on a node, of which one runs. */
function measured(annotations: Readonly<Record<string, string>> = {}): Fixture {
  const made = fixture({ virtual: metricsResources(() => 0) });
  made.good({ verb: "create", kind: Node, object: object("v1", "Node", { name: "n1" }) });
  for (const name of ["running", "waiting"]) {
    const at = { kind: Pod, namespace: "default" } as const;
    const spec = { containers, nodeName: "n1" };
    const pod = made.good({
      ...at,
      verb: "create",
      object: object("v1", "Pod", { name, labels: { app: name }, annotations }, { spec }),
    });
    const state = name === "running" ? { running: {} } : { waiting: { reason: "ContainerCreating" } };
    const containerStatuses = containers.map(({ name, image }) => ({ name, image, state }));
    made.good({
      ...at,
      verb: "update",
      name,
      subresource: "status",
      object: { ...pod, status: { phase: "Running", containerStatuses } } as Unstructured,
    });
  }
  return made;
}

const pods = { kind: PodMetrics, namespace: "default" } as const;
const cpuOf = ({ good }: Fixture): readonly string[] =>
  (good({ verb: "get", ...pods, name: "running" }) as Unstructured & PodMetrics).containers.map(
    ({ usage }) => usage.cpu ?? "",
  );

describe("metrics.k8s.io", () => {
  it("tells of running pods, container by container, with their labels", () => {
    const { listed } = measured();
    expect(listed({ verb: "list", ...pods })).toMatchObject({
      kind: "PodMetricsList",
      items: [
        {
          kind: "PodMetrics",
          metadata: { name: "running", namespace: "default", labels: { app: "running" } },
          timestamp: "2030-01-01T00:00:00Z",
          window: "15s",
          containers: [{ name: "main" }, { name: "side" }],
        },
      ],
    });
  });

  it("does not tell of pods that do not run", () => {
    expect(measured().bad({ verb: "get", ...pods, name: "waiting" })).toMatchObject({ reason: "NotFound" });
  });

  it("selects by labels and fields", () => {
    const { listed } = measured();
    const count = (options: object): number => listed({ verb: "list", ...pods, options }).items.length;
    expect([count({ labelSelector: "app=running" }), count({ labelSelector: "app=other" })]).toEqual([1, 0]);
    expect(count({ fieldSelector: "metadata.name=running" })).toBe(1);
  });

  it("keeps usage within the request, and moves it from window to window", () => {
    const made = measured();
    const seen = new Set<string>();
    for (let window = 0; window < 20; window++) {
      const [main = ""] = cpuOf(made);
      seen.add(main);
      expect(milliValue(parseQuantity(main))).toBeLessThan(500);
      expect(milliValue(parseQuantity(main))).toBeGreaterThan(0);
      advanceTo(made.loop, made.loop.nowMs() + 15_000);
    }
    expect(seen.size).toBeGreaterThan(10);
  });

  it("says the same of the same window, however often it is asked", () => {
    const made = measured();
    const first = cpuOf(made);
    advanceTo(made.loop, made.loop.nowMs() + 14_999);
    expect(cpuOf(made)).toEqual(first);
    expect(cpuOf(measured())).toEqual(first);
  });

  it("takes what a pod's annotations state", () => {
    const { good } = measured({ "atoll.dev/usage-cpu": "750m", "atoll.dev/usage-memory": "1Gi" });
    const usage = { cpu: "750000000n", memory: "1048576Ki" };
    expect(good({ verb: "get", ...pods, name: "running" })).toMatchObject({ containers: [{ usage }, { usage }] });
  });

  it("adds up what the pods of a node use, and its system", () => {
    const { good } = measured({ "atoll.dev/usage-cpu": "100m", "atoll.dev/usage-memory": "100Mi" });
    const { usage } = good({ verb: "get", kind: NodeMetrics, name: "n1" }) as Unstructured & NodeMetrics;
    expect(milliValue(parseQuantity(usage.cpu ?? ""))).toBe(260);
    expect(quantityToNumber(parseQuantity(usage.memory ?? "")) / 2 ** 20).toBe(580);
  });

  it.each(["create", "delete", "patch", "update"] as const)("knows no %s", (verb) => {
    const { bad } = measured();
    const body = object("metrics.k8s.io/v1beta1", "PodMetrics", { name: "running" });
    expect(bad({ verb, ...pods, name: "running", object: body })).toMatchObject({ code: 405 });
  });

  it("cannot be watched", () => {
    const { watch, settle } = measured();
    const watched = watch({ verb: "watch", ...pods });
    settle();
    expect(watched.told()).toEqual(["ERROR 405"]);
  });
});
