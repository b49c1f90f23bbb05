import { defineKind, type Unstructured } from "../../apimachinery/index.ts";
import { AGE, text } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { runtimeClassStrategy } from "./strategy.ts";

const RuntimeClass = defineKind({
  group: "node.k8s.io",
  version: "v1",
  kind: "RuntimeClass",
  plural: "runtimeclasses",
  namespaced: false,
});

/** The kinds of the node.k8s.io group. */
export const nodeResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: RuntimeClass,
    strategy: runtimeClassStrategy,
    update: { needsVersion: true },
    singular: "runtimeclass",
    columns: [text<Unstructured>("Handler", (runtimeClass) => String(runtimeClass.handler ?? "")), AGE],
  }),
];
