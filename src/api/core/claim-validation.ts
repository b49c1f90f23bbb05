import { dns1123SubdomainErrors, validateLabelSelector } from "../../apimachinery/index.ts";
import {
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  optionalOneOf,
  required,
} from "../validation.ts";
import { positiveQuantity, quantityOf } from "./resource-validation.ts";
import type { PersistentVolumeClaimSpec } from "./volumes.ts";

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
export const VOLUME_MODES: readonly string[] = ["Block", "Filesystem"];

/** What is wrong with the spec of a claim at `path` (`ValidatePersistentVolumeClaimSpec`). */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): Findings {
  const storage = spec.resources?.requests?.storage;
  const amount = `${path}.resources[storage]`;
  const positive = storage === undefined ? [required(amount)] : positiveQuantity(amount, storage);
  return [
    ...((spec.accessModes ?? []).length === 0
      ? [required(`${path}.accessModes`, "at least 1 access mode is required")]
      : NOTHING),
    ...(spec.selector === undefined ? NOTHING : validateLabelSelector(spec.selector, `${path}.selector`)),
    ...accessModes(spec.accessModes, `${path}.accessModes`),
    ...(positive.length > 0 ? positive : quantityOf("storage", amount, storage)),
    ...className(`${path}.storageClassName`, spec.storageClassName),
    ...optionalOneOf(`${path}.volumeMode`, spec.volumeMode, VOLUME_MODES),
    ...dataSource(spec.dataSource, `${path}.dataSource`),
    ...dataSource(spec.dataSourceRef, `${path}.dataSourceRef`),
    ...sameSource(spec, path),
    ...className(`${path}.volumeAttributesClassName`, spec.volumeAttributesClassName),
  ];
}

/** Modes a volume can be mounted in. */
export function accessModes(modes: readonly string[] | undefined, field: string): Findings {
  const known = (modes ?? []).filter((mode) => ACCESS_MODES.includes(mode));
  const isMixed = known.includes("ReadWriteOncePod") && known.some((mode) => mode !== "ReadWriteOncePod");
  return [
    ...eachItem(modes, (mode) => (ACCESS_MODES.includes(mode) ? NOTHING : [notSupported(field, mode, ACCESS_MODES)])),
    ...(isMixed ? [forbidden(field, "may not use ReadWriteOncePod with other access modes")] : NOTHING),
  ];
}

/** The name of a class, or none. */
export function className(field: string, name: string | undefined): Findings {
  return name === undefined || name === "" ? NOTHING : invalidFor(field, name, dns1123SubdomainErrors(name));
}

/** Both fields say the same, where both may say something. */
function sameSource({ dataSource: older, dataSourceRef: newer }: PersistentVolumeClaimSpec, path: string): Findings {
  if (older === undefined || newer === undefined) return NOTHING;
  if (newer.namespace) return [invalid(path, {}, "may not be specified when dataSourceRef.namespace is specified")];
  const isSame =
    older.kind === newer.kind && older.name === newer.name && (older.apiGroup ?? "") === (newer.apiGroup ?? "");
  return isSame ? NOTHING : [invalid(path, {}, "must match dataSourceRef")];
}

function dataSource(source: PersistentVolumeClaimSpec["dataSource"], path: string): Findings {
  if (source === undefined) return NOTHING;
  const { name, kind = "", apiGroup = "" } = source;
  return [
    ...(name ? NOTHING : [required(`${path}.name`)]),
    ...(kind ? NOTHING : [required(`${path}.kind`)]),
    ...(apiGroup === "" && kind !== "PersistentVolumeClaim"
      ? [invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
      : NOTHING),
    ...(apiGroup === "" ? NOTHING : invalidFor(`${path}.apiGroup`, apiGroup, dns1123SubdomainErrors(apiGroup))),
  ];
}
