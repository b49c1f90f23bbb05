import { Loop, Random, Trace } from "../../sim/index.ts";
import { Store } from "../../store/index.ts";
import { costOf, type Measure } from "./measure.ts";

/** Writes a second to one bucket of a store with one watcher. */
export const storeWrites: Measure = {
  name: "store",
  run: async ({ quick }) => {
    const count = quick ? 50_000 : 500_000;
    const loop = new Loop({ startMs: 0, random: new Random(1), trace: new Trace() });
    const bucket = new Store({ loop }).bucket("/configmaps");
    const cost = await costOf(async () => {
      for (let index = 0; index < count; index++) bucket.put(object(index % 10_000));
    });
    return [{ name: "store writes", value: count / (cost.wallMs / 1000), unit: "writes/s" }];
  },
};

function object(index: number): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
} {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "default", name: `item-${index}` } };
}
