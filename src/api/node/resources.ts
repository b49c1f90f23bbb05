import { AGE, text } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { RuntimeClass } from "./runtime-class.ts";
import { runtimeClassStrategy } from "./strategy.ts";

/** The kinds of the node.k8s.io group. */
export const nodeResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: RuntimeClass,
    strategy: runtimeClassStrategy,
    update: { needsVersion: true },
    singular: "runtimeclass",
    columns: [text<RuntimeClass>("Handler", ({ handler }) => handler ?? ""), AGE],
  }),
];
