import { isServedIngress } from "../../algorithms/index.ts";
import { Ingress, IngressClass } from "../../api/index.ts";
import { type AnyDefinition, defineController, type Intent, NOTHING, plan, read } from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";

/** Publishes where the cluster's ingress controller is found, in every Ingress that is its own. */
export function ingressStatusController(address: string): AnyDefinition {
  return defineController({
    name: "nginx-ingress-controller",
    primary: [Ingress],
    reads: [
      read(IngressClass, {
        enqueue: (_change, snapshot) =>
          snapshot.list(Ingress).map(({ metadata }) => ({
            kind: Ingress,
            name: metadata.name,
            namespace: metadata.namespace ?? "",
          })),
      }),
    ],
    reconcile: (ingress, snapshot) => {
      if (ingress.metadata.deletionTimestamp !== undefined) return NOTHING;
      const present = ingress.status?.loadBalancer?.ingress ?? [];
      const isOurs = present.length === 1 && present[0]?.ip === address;
      const isServed = isServedIngress(ingress, snapshot.list(IngressClass));
      if (isServed === isOurs || (!isServed && present.length > 0 && !isOurs)) return NOTHING;
      const loadBalancer = isServed ? { ingress: [{ ip: address }] } : {};
      if (deepEqual(loadBalancer, ingress.status?.loadBalancer)) return NOTHING;
      const object: Ingress = { ...ingress, status: { ...ingress.status, loadBalancer } };
      const status: Intent = { type: "updateStatus", kind: Ingress, object, before: ingress };
      const message = "Scheduled for sync";
      return plan(
        status,
        isServed ? { type: "event", regarding: ingress, eventType: "Normal", reason: "Sync", message } : [],
      );
    },
  });
}
