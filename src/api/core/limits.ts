import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { ResourceList } from "./pod.ts";

export type ResourceQuota = KubeObject & {
  readonly spec?: {
    readonly hard?: ResourceList;
    readonly scopes?: readonly string[];
    readonly scopeSelector?: Readonly<Record<string, unknown>>;
  };
  readonly status?: { readonly hard?: ResourceList; readonly used?: ResourceList };
};
export const ResourceQuota: Kind<ResourceQuota> = defineKind<ResourceQuota>({
  group: "",
  version: "v1",
  kind: "ResourceQuota",
  plural: "resourcequotas",
  namespaced: true,
});

export type LimitRangeItem = {
  readonly type: "Container" | "Pod" | "PersistentVolumeClaim";
  readonly max?: ResourceList;
  readonly min?: ResourceList;
  readonly default?: ResourceList;
  readonly defaultRequest?: ResourceList;
  readonly maxLimitRequestRatio?: ResourceList;
};
export type LimitRange = KubeObject & { readonly spec?: { readonly limits: readonly LimitRangeItem[] } };
export const LimitRange: Kind<LimitRange> = defineKind<LimitRange>({
  group: "",
  version: "v1",
  kind: "LimitRange",
  plural: "limitranges",
  namespaced: true,
});
