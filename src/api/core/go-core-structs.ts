import { asGoStruct, type GoStructs } from "../go-structs.ts";

/** Go's internal structs about the nodes something is for. */
export const NODE_SELECTOR = {
  NodeSelector: "NodeSelectorTerms[]Term",
  Term: "MatchExpressions[]Rule MatchFields[]Rule",
  Rule: "Key Operator Values[]",
} satisfies GoStructs;

/** Go's internal structs of the core group that refusals show. */
const STRUCTS = {
  ...NODE_SELECTOR,
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
  VolumeNodeAffinity: "Required?NodeSelector",
  Taint: "Key Value Effect TimeAdded?",
  NodeAddress: "Type Address",
  EventSource: "Component Host",
} satisfies GoStructs;

/** A value as Go's encoder writes the internal struct of that name. */
export function goStruct(struct: keyof typeof STRUCTS, value: object): object {
  return asGoStruct(STRUCTS, struct, value);
}
