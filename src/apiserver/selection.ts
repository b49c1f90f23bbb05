import {
  type FieldRequirement,
  parseFieldSelector,
  parseLabelSelector,
  statusErrors,
  type Unstructured,
} from "../apimachinery/index.ts";
import type { RequestOptions } from "./request.ts";
import type { Resource } from "./resource.ts";

/** The objects a list, watch or deletecollection asks for. */
export type Selection = {
  /** Selects all there is. */
  readonly everything: boolean;
  readonly matches: (object: Unstructured) => boolean;
  /** The one name that can match, when the field selector says so. */
  readonly name?: string;
};

const EVERYTHING: Selection = { everything: true, matches: () => true };

/** Reads both selectors of `options`; throws a 400 for one the resource does not support. */
export function readSelection(resource: Resource, options: RequestOptions): Selection {
  const { labelSelector = "", fieldSelector = "" } = options;
  if (labelSelector === "" && fieldSelector === "") return EVERYTHING;
  const matchesLabels = labelSelector === "" ? undefined : parseLabelSelector(labelSelector);
  const requirements = parseFieldSelector(fieldSelector);
  const fields = requirements.map((requirement) => fieldMatcher(resource, requirement));
  const named = requirements.find(({ field, operator }) => field === "metadata.name" && operator === "=");
  return {
    everything: false,
    matches: (object) =>
      (matchesLabels === undefined || matchesLabels(object.metadata.labels)) &&
      fields.every((matches) => matches(object)),
    ...(named === undefined ? {} : { name: named.value }),
  };
}

function fieldMatcher(resource: Resource, requirement: FieldRequirement): (object: Unstructured) => boolean {
  const read = fieldReader(resource, requirement.field);
  const wanted = requirement.operator === "=";
  return (object) => (read(object) === requirement.value) === wanted;
}

function fieldReader(resource: Resource, field: string): (object: Unstructured) => string {
  if (field === "metadata.name") return (object) => object.metadata.name;
  const { selectableFields, unselectable } = resource.descriptor;
  // Cluster-scoped kinds take the field too and find it empty (runtime.DefaultMetaV1FieldSelectorConversion), unless they name theirs.
  const namesAll = selectableFields !== undefined && !resource.custom && !resource.kind.namespaced;
  if (field === "metadata.namespace" && !namesAll) return (object) => object.metadata.namespace ?? "";
  const read = Object.hasOwn(selectableFields ?? {}, field) ? selectableFields?.[field] : undefined;
  if (read !== undefined) return read;
  throw statusErrors.badRequest(
    selectableFields === undefined && !resource.custom
      ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
      : (unselectable?.(field) ?? `field label not supported: ${field}`),
  );
}
