import { qualifiedNameErrors, type Unstructured } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { withDefaults, withField } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { type Findings, forbidden, immutable, invalidFor, NOTHING, oneOf, required } from "../validation.ts";
import type { StorageClass } from "./storage-class.ts";

/** What is particular to StorageClasses. */
export const storageClassStrategy: Strategy<StorageClass> = {
  applyDefaults: (storageClass) =>
    withDefaults(storageClass, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  validate: ({ provisioner = "", reclaimPolicy, volumeBindingMode }) => [
    ...(provisioner === ""
      ? [required("provisioner")]
      : invalidFor("provisioner", provisioner, qualifiedNameErrors(provisioner.toLowerCase()))),
    ...oneOf("reclaimPolicy", reclaimPolicy, ["Delete", "Retain"]),
    ...oneOf("volumeBindingMode", volumeBindingMode, ["Immediate", "WaitForFirstConsumer"]),
  ],
  validateUpdate: (after, before) => [
    ...unchanged(after, before, ["parameters", "provisioner", "reclaimPolicy"]),
    ...immutable("volumeBindingMode", after.volumeBindingMode, before.volumeBindingMode),
  ],
};

/** VolumeAttributesClasses: what a driver was told once. */
export const volumeAttributesClassStrategy: Strategy<Unstructured> = {
  validate: ({ driverName }) => (driverName ? NOTHING : [required("driverName")]),
  validateUpdate: (after, before) => unchanged(after, before, ["driverName", "parameters"]),
};

const OF_DRIVERS = {
  attachRequired: true,
  podInfoOnMount: false,
  storageCapacity: false,
  fsGroupPolicy: "ReadWriteOnceWithFSType",
  volumeLifecycleModes: ["Persistent"],
  requiresRepublish: false,
  seLinuxMount: false,
};

/** CSIDrivers: what they can do is known from the start. */
export const csiDriverStrategy: Strategy<Unstructured> = {
  applyDefaults: (driver) =>
    withField<Unstructured, string>(driver, "spec", withDefaults<object>((driver.spec ?? {}) as object, OF_DRIVERS)),
};

function unchanged<T extends object>(after: T, before: T, fields: readonly (keyof T & string)[]): Findings {
  return fields.flatMap((field) =>
    deepEqual(after[field], before[field]) ? [] : [forbidden(field, `updates to ${field} are forbidden.`)],
  );
}
