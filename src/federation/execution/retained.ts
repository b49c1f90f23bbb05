import { karmadaAnnotations, karmadaLabels } from "../../api/index.ts";
import type { Unstructured } from "../../apimachinery/index.ts";
import type { Interpreter } from "../interpreter/index.ts";

type Texts = Readonly<Record<string, string>>;

const KARMADA_LABELS = new Set<string>(Object.values(karmadaLabels));
const KARMADA_ANNOTATIONS = new Set<string>(Object.values(karmadaAnnotations));

/**
 * `desired` with all that the member's object must keep (`objectwatcher.retainClusterFields`): server-set metadata, finalizers
 * and owners, labels and annotations that are not Karmada's to remove, status, and what the kind's own rule retains.
 */
export function retained(desired: Unstructured, observed: Unstructured, interpreter: Interpreter): Unstructured {
  const managed = observed.metadata.annotations;
  const labels = merged(desired.metadata.labels, observed.metadata.labels, managed?.[karmadaAnnotations.managedLabels]);
  const annotations = merged(
    desired.metadata.annotations,
    observed.metadata.annotations,
    managed?.[karmadaAnnotations.managedAnnotations],
  );
  const kept: Unstructured = {
    ...desired,
    metadata: {
      ...observed.metadata,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...(observed.status === undefined ? {} : { status: observed.status }),
  };
  return interpreter.retain(kept, observed);
}

/** The member's object without any mark of Karmada's, left to itself. */
export function released(observed: Unstructured): Unstructured {
  const { labels, annotations, ...metadata } = observed.metadata;
  return {
    ...observed,
    metadata: {
      ...metadata,
      ...unmarked("labels", labels, KARMADA_LABELS),
      ...unmarked("annotations", annotations, KARMADA_ANNOTATIONS),
    },
  };
}

/** Keys once managed and desired no more go; all others stay, and the desired ones win. */
function merged(desired: Texts | undefined, observed: Texts | undefined, managed = ""): Texts | undefined {
  if (observed === undefined) return desired;
  const kept: Record<string, string> = { ...observed, ...desired };
  if (managed !== "") for (const key of managed.split(",")) if (desired?.[key] === undefined) delete kept[key];
  return kept;
}

function unmarked<F extends "labels" | "annotations">(
  field: F,
  texts: Texts | undefined,
  marks: ReadonlySet<string>,
): { readonly [K in F]?: Texts } {
  const kept = Object.entries(texts ?? {}).filter(([key]) => !marks.has(key));
  return kept.length === 0 ? {} : ({ [field]: Object.fromEntries(kept) } as { readonly [K in F]?: Texts });
}
