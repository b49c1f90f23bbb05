import { Event, type PodSpec, type PodTemplateSpec } from "../../../src/api/index.ts";
import type { ObjectMeta } from "../../../src/apimachinery/index.ts";
import type { ContainerRuntime } from "../../../src/kube/index.ts";
import type { Loop } from "../../../src/sim/index.ts";
import { plainRuntime, type SmallCluster, smallCluster } from "../small-cluster.ts";

export const labels = { app: "web" };

/** A pod template of one container. */
export function template(parts: Partial<PodSpec> = {}, image = "nginx:1"): PodTemplateSpec {
  return { metadata: { labels }, spec: { containers: [{ name: "c", image }], ...parts } };
}

/** The head of an object in the default namespace. */
export function named(name: string): { readonly metadata: ObjectMeta } {
  return { metadata: { name, namespace: "default" } };
}

/** A cluster of so many nodes, `n1` and on; images named `bad` never become ready. */
export function clusterOf(nodes: number, runtime?: (loop: Loop) => ContainerRuntime): SmallCluster {
  return smallCluster({
    config: { nodes: Array.from({ length: nodes }, (_, index) => ({ name: `n${index + 1}` })) },
    runtime: runtime ?? ((loop) => plainRuntime(loop, { probe: (_pod, container) => container.image !== "bad:1" })),
  });
}

/** Programs that end with the code their image names (`exit:1`), after a second; others run on. */
export function endingRuntime(loop: Loop): ContainerRuntime {
  const plain = plainRuntime(loop);
  return {
    ...plain,
    start: (start, events) => {
      const [name, code] = (start.container.image ?? "").split(":");
      if (name === "exit")
        loop.after(1000, "program ends", () =>
          events.onExit({ code: Number(code), reason: code === "0" ? "Completed" : "Error" }),
        );
      return plain.start(start, events);
    },
  };
}

/** Messages of a controller's events, in the order of their making. */
export function told(world: SmallCluster, component: string): readonly string[] {
  return world
    .list(Event, "default")
    .filter(({ source }) => source?.component === component)
    .sort((left, right) => Number(left.metadata.resourceVersion) - Number(right.metadata.resourceVersion))
    .map(({ message = "" }) => message);
}
