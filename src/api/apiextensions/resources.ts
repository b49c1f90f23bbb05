import { CREATED_AT } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { CustomResourceDefinition } from "./custom-resource-definition.ts";

/** The kinds of the apiextensions.k8s.io group; what a CustomResourceDefinition serves is the API server's matter. */
export const apiextensionsResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: CustomResourceDefinition,
    update: { needsVersion: true },
    singular: "customresourcedefinition",
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    status: true,
    generation: true,
    columns: [CREATED_AT],
  }),
];
