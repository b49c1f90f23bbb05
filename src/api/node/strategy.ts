import { dns1123LabelErrors, type Unstructured } from "../../apimachinery/index.ts";
import type { Strategy } from "../descriptor.ts";
import { immutable, invalidFor } from "../validation.ts";

/** What is particular to RuntimeClasses: their handler never changes. */
export const runtimeClassStrategy: Strategy<Unstructured> = {
  validate: ({ handler = "" }) => invalidFor("handler", handler, dns1123LabelErrors(String(handler))),
  validateUpdate: (after, before) => immutable("handler", after.handler, before.handler),
};
