import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";

export type LuaScript = { readonly luaScript: string };
export type CustomizationRules = {
  readonly retention?: LuaScript;
  readonly replicaResource?: LuaScript;
  readonly componentResource?: LuaScript;
  readonly replicaRevision?: LuaScript;
  readonly statusReflection?: LuaScript;
  readonly statusAggregation?: LuaScript;
  readonly healthInterpretation?: LuaScript;
  readonly dependencyInterpretation?: LuaScript;
};
/** A user's scripts for one kind. */
export type ResourceInterpreterCustomization = KubeObject & {
  readonly spec: {
    readonly target: { readonly apiVersion: string; readonly kind: string };
    readonly customizations: CustomizationRules;
  };
};
export const ResourceInterpreterCustomization: Kind<ResourceInterpreterCustomization> =
  defineKind<ResourceInterpreterCustomization>({
    group: "config.karmada.io",
    version: "v1alpha1",
    kind: "ResourceInterpreterCustomization",
    plural: "resourceinterpretercustomizations",
    namespaced: false,
  });
