import { membersNamed, World } from "../../scenario/index.ts";
import type { Measure } from "./measure.ts";

/** What a stored object and a member cluster without work take of the heap. */
export const memory: Measure = {
  name: "memory",
  run: async ({ quick }) => {
    const count = quick ? 2000 : 20_000;
    const members = quick ? 10 : 50;
    return [
      {
        name: "heap per stored 1 KiB ConfigMap",
        value: (await heapOfConfigMaps(count)) / count / 1024,
        unit: "KiB",
        floor: { atMost: 4 },
      },
      {
        name: "heap per idle member cluster",
        value: ((await heapOfWorld(members + 1)) - (await heapOfWorld(1))) / members / 1024 / 1024,
        unit: "MiB",
        floor: { atMost: 2 },
      },
    ];
  },
};

async function heapOfConfigMaps(count: number): Promise<number> {
  const world = await World.create({ members: membersNamed(1) });
  await world.settle();
  const before = heapBytes();
  for (let index = 0; index < count; index++)
    await world.host.apply({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `item-${index}`, namespace: "default" },
      data: { text: `${index}`.padEnd(1024, "x") },
    });
  await world.settle();
  const after = heapBytes();
  await world.stop();
  return after - before;
}

async function heapOfWorld(members: number): Promise<number> {
  const world = await World.create({ members: membersNamed(members) });
  await world.settle();
  const bytes = heapBytes();
  await world.stop();
  return bytes;
}

function heapBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
