import {
  eachItem,
  type Findings,
  forbidden,
  invalid,
  NOTHING,
  notFound,
  notSupported,
  required,
} from "../validation.ts";
import type { Container, Volume, VolumeMount } from "./pod.ts";
import { descendingPath } from "./volume-validation.ts";

/** The volumes of a pod by name, as mounts are looked up. */
export type VolumesByName = ReadonlyMap<string, Volume>;

/** Where a container has its volumes and devices (`ValidateVolumeMounts`, `ValidateVolumeDevices`). */
export function validateMounts(container: Container, path: string, volumes: VolumesByName): Findings {
  const { volumeMounts, volumeDevices } = container;
  if (volumeMounts === undefined && volumeDevices === undefined) return NOTHING;
  const taken = new Set<string>();
  return [
    ...eachItem(volumeMounts, (mount, index) => {
      const isRepeated = taken.has(mount.mountPath);
      taken.add(mount.mountPath);
      const field = `${path}.volumeMounts[${index}]`;
      const found = checkMount(mount, field, volumes);
      const repeated = isRepeated ? [invalid(`${field}.mountPath`, mount.mountPath, "must be unique")] : NOTHING;
      return mount.subPath === undefined &&
        mount.subPathExpr === undefined &&
        mount.mountPropagation === undefined &&
        volumeDevices === undefined
        ? [...found, ...repeated]
        : [...found, ...repeated, ...checkOptions(mount, container, `${path}.volumeMounts`, field)];
    }),
    ...eachItem(volumeDevices, (_device, index) => checkDevice(container, index, path, volumes)),
  ];
}

function checkMount({ name, mountPath }: VolumeMount, field: string, volumes: VolumesByName): Findings {
  if (name && mountPath && volumes.has(name)) return NOTHING;
  return [
    ...(name ? NOTHING : [required(`${field}.name`)]),
    ...(volumes.has(name) ? NOTHING : [notFound(`${field}.name`, name ?? "")]),
    ...(mountPath ? NOTHING : [required(`${field}.mountPath`)]),
  ];
}

const PROPAGATIONS = ["Bidirectional", "HostToContainer", "None"];

/** What few mounts have; upstream names some of these fields without the mount's index. */
function checkOptions(mount: VolumeMount, container: Container, list: string, field: string): Findings {
  const { name, mountPath, subPath = "", subPathExpr = "", mountPropagation } = mount;
  const devices = container.volumeDevices ?? [];
  const isPrivileged = container.securityContext?.privileged === true;
  return [
    ...(devices.some((device) => device.name === name)
      ? [invalid(`${field}.name`, name, "must not already exist in volumeDevices")]
      : NOTHING),
    ...(devices.some((device) => device.devicePath === mountPath)
      ? [invalid(`${field}.mountPath`, mountPath, "must not already exist as a path in volumeDevices")]
      : NOTHING),
    ...(subPath === "" ? NOTHING : descendingPath(`${list}.subPath`, subPath)),
    ...(subPath !== "" && subPathExpr !== ""
      ? [invalid(`${field}.subPathExpr`, subPathExpr, "subPathExpr and subPath are mutually exclusive")]
      : NOTHING),
    ...(subPathExpr === "" ? NOTHING : descendingPath(`${list}.subPathExpr`, subPathExpr)),
    ...(mountPropagation === undefined || PROPAGATIONS.includes(mountPropagation)
      ? NOTHING
      : [notSupported(`${list}.mountPropagation`, mountPropagation, PROPAGATIONS)]),
    ...(mountPropagation === "Bidirectional" && !isPrivileged
      ? [
          forbidden(
            `${list}.mountPropagation`,
            "Bidirectional mount propagation is available only to privileged containers",
          ),
        ]
      : NOTHING),
  ];
}

function checkDevice(container: Container, index: number, path: string, volumes: VolumesByName): Findings {
  const devices = container.volumeDevices ?? [];
  const { name = "", devicePath = "" } = devices[index] ?? {};
  const field = `${path}.volumeDevices[${index}]`;
  const before = devices.slice(0, index);
  const volume = volumes.get(name);
  const isClaim = volume?.persistentVolumeClaim !== undefined || (volume !== undefined && "ephemeral" in volume);
  return [
    ...(name === "" ? [required(`${field}.name`)] : NOTHING),
    ...(name !== "" && before.some((device) => device.name === name)
      ? [invalid(`${field}.name`, name, "must be unique")]
      : NOTHING),
    ...(volume !== undefined && !isClaim
      ? [
          invalid(
            `${field}.name`,
            name,
            "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
          ),
        ]
      : NOTHING),
    ...(volume === undefined ? [notFound(`${field}.name`, name)] : NOTHING),
    ...(devicePath === "" ? [required(`${field}.devicePath`)] : NOTHING),
    ...(before.some((device) => device.devicePath === devicePath)
      ? [invalid(`${field}.devicePath`, devicePath, "must be unique")]
      : NOTHING),
    ...(devicePath.split("/").includes("..")
      ? [invalid(`${field}.devicePath`, devicePath, "can not contain backsteps ('..')")]
      : NOTHING),
  ];
}
