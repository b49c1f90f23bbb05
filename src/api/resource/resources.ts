import { AGE, text } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { DeviceClass, ResourceClaim, ResourceClaimTemplate, ResourceSlice } from "./kinds.ts";
import { sliceStrategy } from "./slice.ts";

/**
 * The kinds of the resource.k8s.io group: devices, described and asked for; kept, never allocated. The API server, which compiles
 * selectors, adds `deviceStrategy` to those that have some.
 */
export const resourceResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: DeviceClass,
    singular: "deviceclass",
    answersDeleted: true,
    generation: true,
    columns: [AGE],
    sinceMinor: 34,
  }),
  defineResource({
    kind: ResourceClaim,
    nullLists: ["spec.devices.requests", "status.devices.conditions"],
    singular: "resourceclaim",
    answersDeleted: true,
    status: true,
    columns: [text<ResourceClaim>("State", claimState), AGE],
    sinceMinor: 34,
  }),
  defineResource({
    kind: ResourceClaimTemplate,
    nullLists: ["spec.spec.devices.requests"],
    singular: "resourceclaimtemplate",
    answersDeleted: true,
    columns: [AGE],
    sinceMinor: 34,
  }),
  defineResource({
    kind: ResourceSlice,
    strategy: sliceStrategy,
    singular: "resourceslice",
    answersDeleted: true,
    generation: true,
    columns: [
      text<ResourceSlice>("Node", ({ spec }) => spec?.nodeName ?? ""),
      text<ResourceSlice>("Driver", ({ spec }) => spec?.driver ?? ""),
      text<ResourceSlice>("Pool", ({ spec }) => spec?.pool?.name ?? ""),
      AGE,
    ],
    unselectable: (field) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
    selectableFields: {
      "spec.nodeName": ({ spec }) => spec?.nodeName ?? "",
      "spec.driver": ({ spec }) => spec?.driver ?? "",
    },
    sinceMinor: 34,
  }),
];

/** `allocated,reserved`, `pending`, as kubectl says where a claim stands (`resourceClaimState`). */
function claimState({ metadata, status }: ResourceClaim): string {
  const isDeleted = metadata.deletionTimestamp !== undefined;
  const deleted = isDeleted ? ["deleted"] : [];
  if (status?.allocation === undefined) return (isDeleted ? deleted : ["pending"]).join();
  const reserved = (status.reservedFor ?? []).length === 0 ? [] : ["reserved"];
  return [...deleted, "allocated", ...reserved].join();
}
