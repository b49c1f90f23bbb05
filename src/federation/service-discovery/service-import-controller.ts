import { derivedServiceName, Service, ServiceImport, type ServicePort } from "../../api/index.ts";
import { ownerReference } from "../../apimachinery/index.ts";
import {
  type Change,
  type ControllerDefinition,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";

/**
 * ServiceImport -> the Service `derived-<name>` beside it, which travels to importing members as its dependency. Headless
 * imports get none, as with Karmada; the garbage collector takes the Service when the import goes.
 */
export const serviceImportController: ControllerDefinition<typeof ServiceImport, typeof Service, never> =
  defineController({
    name: "service-import-controller",
    primary: [ServiceImport],
    predicate: ({ before, after }) => after !== undefined && !deepEqual(before?.spec, after.spec),
    reads: [read(Service, { enqueue: importOfService })],
    reconcile: derive,
  });

function derive(serviceImport: ServiceImport, snapshot: Snapshot<typeof ServiceImport | typeof Service>): Plan {
  const { metadata, spec } = serviceImport;
  if (metadata.deletionTimestamp !== undefined || spec?.type !== "ClusterSetIP") return NOTHING;
  const wanted = derivedService(serviceImport);
  const present = snapshot.get(Service, wanted.metadata.name, metadata.namespace);
  if (present === undefined) return plan({ type: "create", kind: Service, object: wanted }, succeeded(serviceImport));
  if (present.metadata.deletionTimestamp !== undefined) return NOTHING;
  const object: Service = { ...present, spec: { ...present.spec, ports: portsOf(wanted, present) } };
  // Karmada also writes the import's ips into status.loadBalancer; Kubernetes refuses that on a ClusterIP Service since v1.29.
  if (deepEqual(object, present)) return NOTHING;
  return plan({ type: "update", kind: Service, object, before: present }, succeeded(serviceImport));
}

function derivedService(serviceImport: ServiceImport): Service {
  const { name, namespace } = serviceImport.metadata;
  return {
    apiVersion: "v1",
    kind: Service.kind,
    metadata: {
      name: derivedServiceName(name),
      ...(namespace === undefined ? {} : { namespace }),
      ownerReferences: [ownerReference(serviceImport)],
    },
    spec: { type: "ClusterIP", ports: serviceImport.spec.ports },
  };
}

/** The import's ports; what the API server filled in for a port it has already (target port, protocol) stays. */
function portsOf(wanted: Service, present: Service): readonly ServicePort[] {
  return (wanted.spec.ports ?? []).map((port) => {
    const before = present.spec.ports?.find((other) => other.name === port.name && other.port === port.port);
    return before === undefined ? port : { ...before, ...port };
  });
}

function succeeded(serviceImport: ServiceImport): Intent {
  const message = `Sync derived service for serviceImport(${serviceImport.metadata.name}) succeed.`;
  return { type: "event", regarding: serviceImport, eventType: "Normal", reason: "SyncDerivedServiceSucceed", message };
}

function importOfService({ object }: Change<Service>): readonly Key[] {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.kind === ServiceImport.kind);
  const { namespace } = object.metadata;
  return owner === undefined || namespace === undefined ? [] : [{ kind: ServiceImport, namespace, name: owner.name }];
}
