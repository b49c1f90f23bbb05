import { AGE, text } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { Lease } from "./lease.ts";
import { leaseStrategy } from "./strategy.ts";

/** The kinds of the coordination.k8s.io group. */
export const coordinationResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: Lease,
    strategy: leaseStrategy,
    update: { createsMissing: true, needsVersion: true },
    singular: "lease",
    columns: [text<Lease>("Holder", (lease) => lease.spec?.holderIdentity ?? ""), AGE],
  }),
];
