import {
  clusterOfExecutionSpace,
  EndpointSlice,
  karmadaAnnotations,
  karmadaFinalizers,
  Work,
} from "../../api/index.ts";
import { hasFinalizer, type KubeObject, withoutFinalizer } from "../../apimachinery/index.ts";
import {
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
import { exportedServiceOf } from "./collected-work.ts";
import { importedSlice } from "./endpoint-slices.ts";

type Home = Snapshot<typeof Work | typeof EndpointSlice>;

/** Works that carry collected EndpointSlices -> `imported-<cluster>-<slice>` of the host, under the derived Service. */
export const endpointSliceController: ControllerDefinition<typeof Work, typeof EndpointSlice, never> = defineController(
  {
    name: "endpointslice-controller",
    primary: [Work],
    predicate: ({ before, after, object }) =>
      exportedServiceOf(object) !== undefined &&
      (before?.metadata.generation !== after?.metadata.generation ||
        before?.metadata.deletionTimestamp !== after?.metadata.deletionTimestamp),
    reads: [read(EndpointSlice, { enqueue: ({ after, object }) => (after === undefined ? workOfSlice(object) : []) })],
    reconcile: importSlice,
  },
);

function importSlice(work: Work, snapshot: Home): Plan {
  const service = exportedServiceOf(work);
  const cluster = clusterOfExecutionSpace(work.metadata.namespace ?? "");
  const manifest = work.spec.workload?.manifests?.[0];
  if (service === undefined || cluster === undefined || manifest?.kind !== EndpointSlice.kind) return NOTHING;
  // Only this controller's own Works carry the labels, and what they carry was a slice when it was collected.
  const wanted = importedSlice(manifest as EndpointSlice, { cluster, service: service.name, work });
  const present = snapshot.get(EndpointSlice, wanted.metadata.name, wanted.metadata.namespace);
  if (work.metadata.deletionTimestamp !== undefined) return removal(work, present);
  if (present === undefined) return plan({ type: "create", kind: EndpointSlice, object: wanted });
  if (present.metadata.deletionTimestamp !== undefined) return NOTHING;
  const object = merged(wanted, present);
  return deepEqual(object, present) ? NOTHING : plan({ type: "update", kind: EndpointSlice, object, before: present });
}

/** Labels others set stay (the detector's claim, for one); the content is the exporting member's. */
function merged(wanted: EndpointSlice, present: EndpointSlice): EndpointSlice {
  return {
    ...wanted,
    metadata: {
      ...present.metadata,
      labels: { ...present.metadata.labels, ...wanted.metadata.labels },
      annotations: { ...present.metadata.annotations, ...wanted.metadata.annotations },
    },
  };
}

function removal(work: Work, present: EndpointSlice | undefined): Plan {
  if (!hasFinalizer(work, karmadaFinalizers.endpointSlice)) return NOTHING;
  const object = withoutFinalizer(work, karmadaFinalizers.endpointSlice);
  const finished: Intent = { type: "update", kind: Work, object, before: work };
  if (present === undefined) return plan(finished);
  const { name, namespace } = present.metadata;
  const target = namespace === undefined ? { name } : { name, namespace };
  return plan({ type: "delete", kind: EndpointSlice, ...target }, finished);
}

function workOfSlice({ metadata }: KubeObject): readonly Key[] {
  const namespace = metadata.annotations?.[karmadaAnnotations.workNamespace];
  const name = metadata.annotations?.[karmadaAnnotations.workName];
  return namespace === undefined || name === undefined ? [] : [{ kind: Work, namespace, name }];
}
