import { defineKind, type Kind, type KubeObject, type ObjectMeta } from "../../apimachinery/index.ts";
import type { NodeSelectorTerm } from "../core/pod.ts";
import type { Condition } from "../shared.ts";

export type DeviceSelector = { readonly cel?: { readonly expression?: string } };
export type Opaque = { readonly driver?: string; readonly parameters?: unknown };
/** One way to meet a request; of `firstAvailable` each has a name. */
export type DeviceChoice = {
  readonly name?: string;
  readonly deviceClassName?: string;
  readonly selectors?: readonly DeviceSelector[];
  readonly allocationMode?: string;
  readonly count?: number;
  readonly adminAccess?: boolean;
  readonly tolerations?: unknown;
  readonly capacity?: unknown;
};
export type DeviceRequest = {
  readonly name?: string;
  readonly exactly?: DeviceChoice;
  readonly firstAvailable?: readonly DeviceChoice[];
};
export type DeviceConstraint = {
  readonly requests?: readonly string[];
  readonly matchAttribute?: string;
  readonly distinctAttribute?: string;
};
export type DeviceConfig = {
  readonly source?: string;
  readonly requests?: readonly string[];
  readonly opaque?: Opaque;
};
export type ClaimSpec = {
  readonly devices?: {
    readonly requests?: readonly DeviceRequest[];
    readonly constraints?: readonly DeviceConstraint[];
    readonly config?: readonly DeviceConfig[];
  };
};
/** A device that was given to a request, or that a driver tells about. */
export type DeviceName = { readonly driver?: string; readonly pool?: string; readonly device?: string };
export type AllocatedDevice = DeviceName & {
  readonly conditions?: readonly Condition[];
  readonly data?: unknown;
  readonly networkData?: {
    readonly interfaceName?: string;
    readonly ips?: readonly string[];
    readonly hardwareAddress?: string;
  };
  readonly shareID?: string;
};
export type Allocation = {
  readonly devices?: {
    readonly results?: readonly (DeviceName & Readonly<Record<string, unknown>> & { readonly request?: string })[];
    readonly config?: readonly DeviceConfig[];
  };
  readonly nodeSelector?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] };
};
export type ResourceClaim = KubeObject & {
  readonly spec?: ClaimSpec;
  readonly status?: {
    readonly allocation?: Allocation;
    readonly reservedFor?: readonly { readonly resource?: string; readonly name?: string; readonly uid?: string }[];
    readonly devices?: readonly AllocatedDevice[];
  };
};
export type ResourceClaimTemplate = KubeObject & {
  readonly spec?: { readonly metadata?: Partial<ObjectMeta>; readonly spec?: ClaimSpec };
};
export type DeviceClass = KubeObject & {
  readonly spec?: {
    readonly selectors?: readonly DeviceSelector[];
    readonly config?: readonly DeviceConfig[];
    readonly extendedResourceName?: string;
  };
};
export type Attribute = {
  readonly int?: number;
  readonly bool?: boolean;
  readonly string?: string;
  readonly version?: string;
};
export type Device = Readonly<Record<string, unknown>> & {
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly capacity?: Readonly<Record<string, { readonly value?: string; readonly requestPolicy?: unknown }>>;
};
export type SliceSpec = Readonly<Record<string, unknown>> & {
  readonly driver?: string;
  readonly pool?: { readonly name?: string; readonly generation?: number; readonly resourceSliceCount?: number };
  readonly nodeName?: string;
  readonly nodeSelector?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] };
  readonly allNodes?: boolean;
  readonly devices?: readonly Device[];
};
export type ResourceSlice = KubeObject & { readonly spec?: SliceSpec };

function kindOf<T extends KubeObject>(kind: string, plural: string, namespaced: boolean): Kind<T> {
  return defineKind<T>({ group: "resource.k8s.io", version: "v1", kind, plural, namespaced });
}

export const DeviceClass: Kind<DeviceClass> = kindOf<DeviceClass>("DeviceClass", "deviceclasses", false);
export const ResourceClaim: Kind<ResourceClaim> = kindOf<ResourceClaim>("ResourceClaim", "resourceclaims", true);
export const ResourceClaimTemplate: Kind<ResourceClaimTemplate> = kindOf<ResourceClaimTemplate>(
  "ResourceClaimTemplate",
  "resourceclaimtemplates",
  true,
);
export const ResourceSlice: Kind<ResourceSlice> = kindOf<ResourceSlice>("ResourceSlice", "resourceslices", false);
