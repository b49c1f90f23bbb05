import { defineKind, type FieldError, getPath, type Unstructured } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { AGE, text } from "../columns.ts";
import { defineResource, type ResourceDescriptor, type Strategy } from "../descriptor.ts";
import { eachItem, invalid, NOTHING, oneOf, repeated, required, requiredLabel } from "../validation.ts";

const group = "resource.k8s.io";
const kindOf = (kind: string, plural: string, namespaced: boolean) =>
  defineKind({ group, version: "v1", kind, plural, namespaced });
const DeviceClass = kindOf("DeviceClass", "deviceclasses", false);
const ResourceClaim = kindOf("ResourceClaim", "resourceclaims", true);
const ResourceClaimTemplate = kindOf("ResourceClaimTemplate", "resourceclaimtemplates", true);
const ResourceSlice = kindOf("ResourceSlice", "resourceslices", false);

type DeviceRequest = {
  readonly name?: string;
  readonly exactly?: { readonly deviceClassName?: string; readonly allocationMode?: string; readonly count?: number };
  readonly firstAvailable?: readonly unknown[];
};

const claimStrategy: Strategy<Unstructured> = {
  applyDefaults: (claim) => withRequests(claim, ["spec", "devices", "requests"]),
  validate: (claim) => checkRequests(claim, ["spec", "devices", "requests"]),
  validateUpdate: fixedSpec,
};
const templateStrategy: Strategy<Unstructured> = {
  applyDefaults: (template) => withRequests(template, ["spec", "spec", "devices", "requests"]),
  validate: (template) => checkRequests(template, ["spec", "spec", "devices", "requests"]),
  validateUpdate: fixedSpec,
};
const sliceStrategy: Strategy<Unstructured> = {
  validate: (slice) => [
    ...(getPath(slice, ["spec", "driver"]) ? NOTHING : [required("spec.driver")]),
    ...(getPath(slice, ["spec", "pool", "name"]) ? NOTHING : [required("spec.pool.name")]),
  ],
  validateUpdate: (after, before) =>
    ["driver", "nodeName"].flatMap((field): FieldError[] => {
      const next = getPath(after, ["spec", field]);
      return next === getPath(before, ["spec", field])
        ? []
        : [invalid(`spec.${field}`, next ?? null, "field is immutable")];
    }),
};

/** The kinds of the resource.k8s.io group: devices, described and asked for; kept, never allocated. */
export const resourceResources: readonly ResourceDescriptor[] = [
  defineResource({ kind: DeviceClass, singular: "deviceclass", generation: true, columns: [AGE], sinceMinor: 34 }),
  defineResource({
    kind: ResourceClaim,
    strategy: claimStrategy,
    singular: "resourceclaim",
    status: true,
    columns: [text<Unstructured>("State", claimState), AGE],
    sinceMinor: 34,
  }),
  defineResource({
    kind: ResourceClaimTemplate,
    strategy: templateStrategy,
    singular: "resourceclaimtemplate",
    columns: [AGE],
    sinceMinor: 34,
  }),
  defineResource({
    kind: ResourceSlice,
    strategy: sliceStrategy,
    singular: "resourceslice",
    generation: true,
    columns: [
      text<Unstructured>("Node", (slice) => String(getPath(slice, ["spec", "nodeName"]) ?? "")),
      text<Unstructured>("Driver", (slice) => String(getPath(slice, ["spec", "driver"]) ?? "")),
      text<Unstructured>("Pool", (slice) => String(getPath(slice, ["spec", "pool", "name"]) ?? "")),
      AGE,
    ],
    unselectable: (field) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
    selectableFields: {
      "spec.nodeName": (slice) => String(getPath(slice, ["spec", "nodeName"]) ?? ""),
      "spec.driver": (slice) => String(getPath(slice, ["spec", "driver"]) ?? ""),
    },
    sinceMinor: 34,
  }),
];

/** `allocated,reserved`, `pending`, as kubectl says where a claim stands. */
function claimState(claim: Unstructured): string {
  const states = [
    ...(claim.metadata.deletionTimestamp === undefined ? [] : ["deleted"]),
    ...(getPath(claim, ["status", "allocation"]) === undefined ? ["pending"] : ["allocated"]),
    ...(((getPath(claim, ["status", "reservedFor"]) ?? []) as readonly unknown[]).length === 0 ? [] : ["reserved"]),
  ];
  return states.join(",");
}

function requestsAt(object: Unstructured, path: readonly string[]): readonly DeviceRequest[] | undefined {
  return getPath(object, path) as readonly DeviceRequest[] | undefined;
}

/** A request for devices of a class is for exactly one of them unless it says otherwise. */
function withRequests(object: Unstructured, path: readonly string[]): Unstructured {
  const requests = requestsAt(object, path);
  const isPlain = ({ exactly }: DeviceRequest): boolean =>
    exactly === undefined ||
    (exactly.allocationMode !== undefined && (exactly.allocationMode !== "ExactCount" || exactly.count !== undefined));
  if (requests === undefined || requests.every(isPlain)) return object;
  const filled = requests.map((request) => {
    if (isPlain(request)) return request;
    const mode = request.exactly?.allocationMode ?? "ExactCount";
    return {
      ...request,
      exactly: {
        ...request.exactly,
        allocationMode: mode,
        ...(mode === "ExactCount" ? { count: request.exactly?.count ?? 1 } : {}),
      },
    };
  });
  return replaced(object, path, filled);
}

function replaced(object: Unstructured, path: readonly string[], value: unknown): Unstructured {
  const [key, ...rest] = path;
  if (key === undefined) return value as Unstructured;
  return { ...object, [key]: replaced((object[key] ?? {}) as Unstructured, rest, value) };
}

function checkRequests(object: Unstructured, path: readonly string[]): readonly FieldError[] {
  const requests = requestsAt(object, path);
  const field = path.join(".");
  return [
    ...eachItem(requests, ({ name, exactly, firstAvailable = [] }, index) => {
      const at = `${field}[${index}]`;
      const count = (exactly === undefined ? 0 : 1) + (firstAvailable.length > 0 ? 1 : 0);
      const one = "exactly one of `exactly` or `firstAvailable` is required";
      return [
        ...requiredLabel(`${at}.name`, name),
        ...(count === 0 ? [required(at, one)] : NOTHING),
        ...(count > 1 ? [invalid(at, null, `${one}, but multiple fields are set`)] : NOTHING),
        ...(exactly === undefined || count > 1 ? NOTHING : checkExactly(exactly, `${at}.exactly`)),
      ];
    }),
    ...repeated(
      requests,
      ({ name }) => name,
      (index) => `${field}[${index}].name`,
    ),
  ];
}

function checkExactly(
  { deviceClassName, allocationMode = "", count = 0 }: NonNullable<DeviceRequest["exactly"]>,
  path: string,
): readonly FieldError[] {
  return [
    ...(deviceClassName ? NOTHING : [required(`${path}.deviceClassName`)]),
    ...(allocationMode === "All" && count !== 0
      ? [invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'")]
      : NOTHING),
    ...(allocationMode === "ExactCount" && count <= 0
      ? [invalid(`${path}.count`, count, "must be greater than zero")]
      : NOTHING),
    ...oneOf(`${path}.allocationMode`, allocationMode, ["All", "ExactCount"]),
  ];
}

function fixedSpec(after: Unstructured, before: Unstructured): readonly FieldError[] {
  return deepEqual(after.spec, before.spec) ? NOTHING : [invalid("spec", after.spec ?? null, "field is immutable")];
}
