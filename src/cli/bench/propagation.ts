import { type FleetInput, membersNamed, World } from "../../scenario/index.ts";
import { costOf, type Figure, type Measure } from "./measure.ts";

/** One node each, with room for every pod of the largest measure. */
const TWO_MEMBERS: FleetInput = {
  members: membersNamed(2).map((member, index) => ({
    ...member,
    nodes: [
      {
        name: `${member.name}-node`,
        podCIDR: `10.${10 + 2 * index}.0.0/16`,
        capacity: { pods: "30000", cpu: "10000", memory: "100Ti" },
      },
    ],
  })),
};

/** 1,000 ConfigMaps under one policy to two members. */
export const configMaps: Measure = {
  name: "configmaps",
  run: async ({ quick }) => {
    const count = quick ? 200 : 1000;
    const cost = await propagate("ConfigMap", count);
    return [
      {
        name: `${count} ConfigMaps to 2 members`,
        value: count / (cost.wallMs / 1000),
        unit: "templates/s",
        floor: { atLeast: 1000 },
      },
      { name: "  CPU each", value: cost.cpuMs / count, unit: "ms", floor: { atMost: 1 } },
    ];
  },
};

/** 1,000 one-replica Deployments to two members, until every pod is ready. */
export const deployments: Measure = {
  name: "deployments",
  run: async ({ quick }) => {
    const count = quick ? 200 : 1000;
    const cost = await propagate("Deployment", count);
    return [
      {
        name: `${count} Deployments to 2 members, pods ready`,
        value: count / (cost.wallMs / 1000),
        unit: "templates/s",
      },
      { name: "  CPU each", value: cost.cpuMs / count, unit: "ms", floor: { atMost: 3 } },
      { name: "  heap per pod", value: cost.heapBytes / (2 * count) / 1024, unit: "KiB" },
    ];
  },
};

/** How the cost per template grows from 1,000 to 10,000 templates. */
export const growth: Measure = {
  name: "growth",
  run: async ({ quick }) => {
    const [small, large] = quick ? [200, 1000] : [1000, 10_000];
    const figures: Figure[] = [];
    for (const kind of ["ConfigMap", "Deployment"] as const) {
      await propagate(kind, small);
      const few = await propagate(kind, small);
      const many = await propagate(kind, large);
      figures.push({
        name: `${large} ${kind}s: cost per template against ${small}`,
        value: many.cpuMs / large / (few.cpuMs / small),
        unit: "x",
        floor: { atMost: 1.3 },
      });
      figures.push({ name: "  CPU each", value: many.cpuMs / large, unit: "ms" });
    }
    return figures;
  },
};

/** One ConfigMap and one Deployment through a resting fleet. */
export const latency: Measure = {
  name: "latency",
  run: async () => {
    const world = await World.create(TWO_MEMBERS);
    await world.host.apply(policy("ConfigMap"));
    await world.settle();
    const steps = world.loop.steps;
    const startMs = performance.now();
    await world.host.create(template("ConfigMap", 0));
    await world.settle();
    const figures: Figure[] = [
      { name: "one ConfigMap to 2 members", value: performance.now() - startMs, unit: "ms" },
      { name: "  loop steps", value: world.loop.steps - steps, unit: "steps" },
    ];
    await world.stop();
    return figures;
  },
};

async function propagate(
  kind: "ConfigMap" | "Deployment",
  count: number,
): Promise<{ readonly wallMs: number; readonly cpuMs: number; readonly heapBytes: number }> {
  const world = await World.create(TWO_MEMBERS);
  await world.host.apply(policy(kind));
  await world.settle();
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const cost = await costOf(async () => {
    for (let index = 0; index < count; index++) await world.host.create(template(kind, index));
    await world.settle();
  });
  globalThis.gc?.();
  const heapBytes = process.memoryUsage().heapUsed - heapBefore;
  await expectArrived(world, kind, count);
  await world.stop();
  return { ...cost, heapBytes };
}

async function expectArrived(world: World, kind: "ConfigMap" | "Deployment", count: number): Promise<void> {
  for (const member of ["member1", "member2"]) {
    const resource = kind === "ConfigMap" ? "configmaps" : "pods";
    const objects = await world.cluster(member).list(resource, { namespace: "default", labelSelector: "bench=yes" });
    const ready =
      kind === "ConfigMap"
        ? objects
        : objects.filter((pod) => (pod.status as { readonly phase?: string } | undefined)?.phase === "Running");
    if (ready.length !== count) throw new Error(`${member} has ${ready.length} of ${count} ${resource}`);
  }
}

function policy(kind: "ConfigMap" | "Deployment"): object {
  return {
    apiVersion: "policy.karmada.io/v1alpha1",
    kind: "PropagationPolicy",
    metadata: { name: "everything", namespace: "default" },
    spec: {
      resourceSelectors: [
        { apiVersion: kind === "ConfigMap" ? "v1" : "apps/v1", kind, labelSelector: { matchLabels: { bench: "yes" } } },
      ],
      placement: { clusterAffinity: { clusterNames: ["member1", "member2"] } },
    },
  };
}

function template(kind: "ConfigMap" | "Deployment", index: number): object {
  const metadata = { name: `item-${index}`, namespace: "default", labels: { bench: "yes" } };
  if (kind === "ConfigMap")
    return { apiVersion: "v1", kind, metadata, data: { key: `value ${index}`, text: "x".repeat(200) } };
  const labels = { app: `item-${index}`, bench: "yes" };
  const container = { name: "web", image: "nginx:1.27", ports: [{ containerPort: 80 }] };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata,
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: `item-${index}` } },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}
