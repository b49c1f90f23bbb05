import { withDefaults } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { required } from "../validation.ts";
import type { StorageClass } from "./storage-class.ts";

/** What is particular to StorageClasses. */
export const storageClassStrategy: Strategy<StorageClass> = {
  applyDefaults: (storageClass) =>
    withDefaults(storageClass, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  validate: ({ provisioner }) => (provisioner ? [] : [required("provisioner")]),
};
