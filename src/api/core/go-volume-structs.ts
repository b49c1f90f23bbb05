import { inOrder } from "../validation.ts";

/**
 * Go's internal structs of volumes and claims, whose fields have no other names in JSON, in their order. After a name: `#` a
 * number, `!` a truth, `?` a pointer, `[]` a list, `{}` a map, `?Struct` and `:Struct` a struct behind a pointer or in place,
 * `?*` what has names of its own; `=` is followed by the field's name in the API, where that is not the usual one.
 */
const STRUCTS: Readonly<Record<string, string>> = {
  PersistentVolumeSource:
    "GCEPersistentDisk?Disk AWSElasticBlockStore?Store HostPath?HostPath Glusterfs?Glusterfs NFS?NFS RBD?RBD Quobyte?Quobyte ISCSI?ISCSI FlexVolume?Flex Cinder?Cinder CephFS=cephfs?CephFS FC?FC Flocker?Flocker AzureFile?AzureFile VsphereVolume?Vsphere AzureDisk?AzureDisk PhotonPersistentDisk?Photon PortworxVolume?Portworx ScaleIO?ScaleIO Local?Local StorageOS=storageos?StorageOS CSI?CSI",
  Disk: "PDName FSType Partition# ReadOnly!",
  Store: "VolumeID FSType Partition# ReadOnly!",
  HostPath: "Path Type?",
  Glusterfs: "EndpointsName=endpoints Path ReadOnly! EndpointsNamespace?",
  NFS: "Server Path ReadOnly!",
  RBD: "CephMonitors=monitors[] RBDImage=image FSType RBDPool=pool RadosUser=user Keyring SecretRef?Secret ReadOnly!",
  Quobyte: "Registry Volume ReadOnly! User Group Tenant",
  ISCSI:
    "TargetPortal IQN Lun# ISCSIInterface FSType ReadOnly! Portals[] DiscoveryCHAPAuth! SessionCHAPAuth! SecretRef?Secret InitiatorName?",
  Flex: "Driver FSType SecretRef?Secret ReadOnly! Options{}",
  Cinder: "VolumeID FSType ReadOnly! SecretRef?Secret",
  CephFS: "Monitors[] Path User SecretFile SecretRef?Secret ReadOnly!",
  FC: "TargetWWNs[] Lun? FSType ReadOnly! WWIDs=wwids[]",
  Flocker: "DatasetName DatasetUUID",
  AzureFile: "SecretName ShareName ReadOnly! SecretNamespace?",
  Vsphere: "VolumePath FSType StoragePolicyName StoragePolicyID",
  AzureDisk: "DiskName DataDiskURI=diskURI CachingMode? FSType? ReadOnly? Kind?",
  Photon: "PdID FSType",
  Portworx: "VolumeID FSType ReadOnly!",
  ScaleIO:
    "Gateway System SecretRef?Secret SSLEnabled! ProtectionDomain StoragePool StorageMode VolumeName FSType ReadOnly!",
  Local: "Path FSType?",
  StorageOS: "VolumeName VolumeNamespace FSType ReadOnly! SecretRef?Object",
  CSI: "Driver VolumeHandle ReadOnly! FSType VolumeAttributes{} ControllerPublishSecretRef?Secret NodeStageSecretRef?Secret NodePublishSecretRef?Secret ControllerExpandSecretRef?Secret NodeExpandSecretRef?Secret",
  PersistentVolumeClaimSpec:
    "AccessModes[] Selector?* Resources:Resources VolumeName StorageClassName? VolumeMode? DataSource?Local1 DataSourceRef?Typed VolumeAttributesClassName?",
  Resources: "Limits{} Requests{}",
  Local1: "APIGroup? Kind Name",
  Typed: "APIGroup? Kind Name Namespace?",
  Secret: "Name Namespace",
  Object: "Kind Namespace Name UID APIVersion ResourceVersion FieldPath",
};

type Fields = Readonly<Record<string, unknown>>;
const FIELD = /^([A-Za-z]+)(?:=([a-zA-Z]+))?(.*)$/;

/** A value as Go's encoder writes the internal struct of that name. */
export function goStruct(struct: "PersistentVolumeSource" | "PersistentVolumeClaimSpec", value: object): object {
  return written(struct, value as Fields);
}

function written(struct: string, value: Fields): object {
  const fields = (STRUCTS[struct] ?? "").split(" ").map((text) => {
    const [, name = "", stated, form = ""] = FIELD.exec(text) ?? [];
    return [name, fieldValue(form, value[stated ?? jsonName(name)])] as const;
  });
  return Object.fromEntries(fields);
}

/** `fsType` of `FSType`. */
function jsonName(name: string): string {
  return name.replace(/^(?:[A-Z]+(?=[A-Z][a-z]|$)|[A-Z])/, (capitals) => capitals.toLowerCase());
}

function fieldValue(form: string, value: unknown): unknown {
  const struct = form.slice(1);
  switch (form) {
    case "":
      return value ?? "";
    case "#":
      return value ?? 0;
    case "!":
      return value ?? false;
    case "?":
    case "[]":
    case "?*":
      return value ?? null;
    case "{}":
      return value === undefined ? null : inOrder(value as Fields);
    default:
      return value === undefined && form.startsWith("?") ? null : written(struct, (value ?? {}) as Fields);
  }
}
