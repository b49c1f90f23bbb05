import { dns1123LabelErrors, dns1123SubdomainErrors } from "../../apimachinery/index.ts";
import { withDefaults } from "../defaults.ts";
import {
  eachEntry,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  optionalOneOf,
  required,
  requiredAnd,
} from "../validation.ts";
import { checkHostPath, checkNfs, csiDriverName } from "./volume-validation.ts";

/** A source of a PersistentVolume, as it was sent. */
export type Source = Readonly<Record<string, unknown>>;
type Check = (source: Source, path: string, volume: string) => Findings;

const PARTITION = "must be between 1 and 255, inclusive";

/** Fields that must be there. */
const need =
  (...fields: readonly string[]): Check =>
  (source, path) =>
    fields.flatMap((field) => (isEmpty(source[field]) ? [required(`${path}.${field}`)] : NOTHING));

const all =
  (...checks: readonly Check[]): Check =>
  (source, path, volume) =>
    checks.flatMap((check) => check(source, path, volume));

const oneByte = (field: string, detail: string): Check => {
  return (source, path) => {
    const value = source[field];
    return typeof value === "number" && (value < 0 || value > 255)
      ? [invalid(`${path}.${field}`, value, detail)]
      : NOTHING;
  };
};

/** A Secret named in full; where it is loosely named, only that it is. */
const secret = (field: string, form: "named" | "placed" | "strict"): Check => {
  return (source, path) => {
    const reference = source[field] as Source | undefined;
    if (reference === undefined) return NOTHING;
    const at = `${path}.${field}`;
    if (form === "named") return need("name")(reference, at, "");
    if (form === "placed") return need("name", "namespace")(reference, at, "");
    return [
      ...requiredAnd(`${at}.name`, text(reference.name), dns1123SubdomainErrors),
      ...requiredAnd(`${at}.namespace`, text(reference.namespace), dns1123LabelErrors),
    ];
  };
};

/** What is wrong with each source, by its field; messages about a GCE disk name another one. */
const CHECKS: Readonly<Record<string, Check>> = {
  hostPath: checkHostPath,
  gcePersistentDisk: (source, path, volume) =>
    all(need("pdName"), oneByte("partition", PARTITION))(
      source,
      path.replace("gcePersistentDisk", "persistentDisk"),
      volume,
    ),
  awsElasticBlockStore: all(need("volumeID"), oneByte("partition", PARTITION)),
  glusterfs: all(need("endpoints", "path"), ({ endpointsNamespace: namespace }, path) => {
    const field = `${path}.endpointsNamespace`;
    if (namespace === undefined) return NOTHING;
    return namespace === ""
      ? [invalid(field, "", "if the endpointnamespace is set, it must be a valid namespace name")]
      : invalidFor(field, namespace, dns1123LabelErrors(text(namespace)));
  }),
  flocker: checkFlocker,
  nfs: checkNfs,
  rbd: need("monitors", "image"),
  quobyte: checkQuobyte,
  cephfs: need("monitors"),
  iscsi: checkIscsi,
  cinder: all(need("volumeID"), secret("secretRef", "placed")),
  fc: checkFc,
  flexVolume: all(need("driver"), ({ options }, path) =>
    eachEntry(options as Readonly<Record<string, unknown>> | undefined, (key) =>
      /\.(kubernetes|k8s)\.io$/.test(`.${key.split("/")[0]?.toLowerCase()}`)
        ? [invalid(`${path}.options[${key}]`, key, "kubernetes.io and k8s.io namespaces are reserved")]
        : NOTHING,
    ),
  ),
  azureFile: all(need("secretName", "shareName"), ({ secretNamespace }, path) =>
    secretNamespace === "" ? [required(`${path}.secretNamespace`)] : NOTHING,
  ),
  vsphereVolume: need("volumePath"),
  photonPersistentDisk: need("pdID"),
  portworxVolume: need("volumeID"),
  azureDisk: checkAzureDisk,
  scaleIO: need("gateway", "system", "volumeName"),
  local: all(need("path"), (source, path) =>
    text(source.path).split("/").includes("..")
      ? [invalid(`${path}.path`, source.path, "must not contain '..'")]
      : NOTHING,
  ),
  storageos: all(
    ({ volumeName, volumeNamespace }, path) => [
      ...requiredAnd(`${path}.volumeName`, text(volumeName), dns1123LabelErrors),
      ...(isEmpty(volumeNamespace)
        ? NOTHING
        : invalidFor(`${path}.volumeNamespace`, volumeNamespace, dns1123LabelErrors(text(volumeNamespace)))),
    ],
    secret("secretRef", "placed"),
  ),
  csi: all(
    (source, path) => csiDriverName(`${path}.driver`, source.driver),
    need("volumeHandle"),
    secret("controllerPublishSecretRef", "strict"),
    secret("controllerExpandSecretRef", "strict"),
    secret("nodePublishSecretRef", "strict"),
    secret("nodeExpandSecretRef", "strict"),
  ),
};

/** Everything of a volume's spec that says where the data is. */
export const SOURCES: readonly string[] = Object.keys(CHECKS);

/** What is wrong with where the data of the volume of that name is, by its spec at `path`: one source, and a place it can be. */
export function checkSources(spec: object, path: string, volume: string): Findings {
  const fields = spec as Source;
  const [first, ...more] = SOURCES.filter((source) => fields[source] !== undefined);
  if (first === undefined) return [required(path, "must specify a volume type")];
  const source = fields[first] as Source;
  const isRoot = first === "hostPath" && source.path === "/" && fields.persistentVolumeReclaimPolicy === "Recycle";
  const isPlaceless = first === "local" && fields.nodeAffinity === undefined;
  return [
    ...(CHECKS[first]?.(source, `${path}.${first}`, volume) ?? NOTHING),
    ...(isPlaceless ? [required(`${path}.nodeAffinity`, "Local volume requires node affinity")] : NOTHING),
    ...more.map((other) => forbidden(`${path}.${other}`, "may not specify more than 1 volume type")),
    ...(isRoot
      ? [forbidden(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'")]
      : NOTHING),
  ];
}

const DEFAULTS: Readonly<Record<string, Source>> = {
  hostPath: { type: "" },
  rbd: { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" },
  iscsi: { iscsiInterface: "default" },
  azureDisk: { cachingMode: "ReadWrite", kind: "Shared", fsType: "ext4", readOnly: false },
  scaleIO: { storageMode: "ThinProvisioned", fsType: "xfs" },
};

/** A volume's spec with what its source is unless it says otherwise. */
export function withSourceDefaults<T extends object>(spec: T): T {
  let complete = spec;
  for (const field in DEFAULTS) {
    const source = (spec as Readonly<Record<string, unknown>>)[field] as Source | undefined;
    if (source === undefined) continue;
    const filled = withDefaults(source, DEFAULTS[field] as Source);
    if (filled !== source) complete = { ...complete, [field]: filled };
  }
  return complete;
}

function checkFlocker({ datasetName, datasetUUID }: Source, path: string): Findings {
  const [name, uuid] = [text(datasetName), text(datasetUUID)];
  return [
    ...(name === "" && uuid === "" ? [required(path, "one of datasetName and datasetUUID is required")] : NOTHING),
    ...(name !== "" && uuid !== ""
      ? [invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously")]
      : NOTHING),
    ...(name.includes("/") ? [invalid(`${path}.datasetName`, name, "must not contain '/'")] : NOTHING),
  ];
}

function checkQuobyte({ registry, tenant, volume }: Source, path: string): Findings {
  const pairs = "must be a host:port pair or multiple pairs separated by commas";
  const odd = text(registry)
    .split(",")
    .filter((pair) => !/^(\[[^\]]*\]|[^:[\]]*):[^:]*$/.test(pair));
  return [
    ...(isEmpty(registry)
      ? [required(`${path}.registry`, pairs)]
      : text(tenant).length >= 65
        ? [required(`${path}.tenant`, "must be a UUID and may not exceed a length of 64 characters")]
        : odd.map(() => invalid(`${path}.registry`, registry, pairs))),
    ...(isEmpty(volume) ? [required(`${path}.volume`)] : NOTHING),
  ];
}

const NAME_FORMS: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

function isIscsiName(name: string): boolean {
  return NAME_FORMS[name.slice(0, 3)]?.test(name) === true;
}

function checkIscsi(source: Source, path: string, volume: string): Findings {
  const { targetPortal, iqn, initiatorName, discoveryCHAPAuth, sessionCHAPAuth, secretRef } = source;
  const form = "must be valid format";
  const long =
    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
  const isTooLong = initiatorName !== undefined && `${volume}:${text(targetPortal)}`.length > 64;
  const lacksSecret = (discoveryCHAPAuth === true || sessionCHAPAuth === true) && secretRef === undefined;
  return [
    ...need("targetPortal")(source, path, volume),
    ...(isTooLong ? [invalid(`${path}.targetportal`, targetPortal, long)] : NOTHING),
    ...need("iqn")(source, path, volume),
    ...(isEmpty(iqn) || isIscsiName(text(iqn)) ? NOTHING : [invalid(`${path}.iqn`, iqn, form)]),
    ...oneByte("lun", "must be between 0 and 255, inclusive")(source, path, volume),
    ...(lacksSecret ? [required(`${path}.secretRef`)] : NOTHING),
    ...secret("secretRef", "named")(source, path, volume),
    ...(initiatorName === undefined || isIscsiName(text(initiatorName))
      ? NOTHING
      : [invalid(`${path}.initiatorname`, initiatorName, form)]),
  ];
}

function checkFc(source: Source, path: string, volume: string): Findings {
  const { targetWWNs, wwids, lun } = source;
  const field = `${path}.targetWWNs`;
  return [
    ...(isEmpty(targetWWNs) && isEmpty(wwids)
      ? [required(field, "must specify either targetWWNs or wwids, but not both")]
      : NOTHING),
    ...(isEmpty(targetWWNs) || isEmpty(wwids)
      ? NOTHING
      : [invalid(field, targetWWNs, "targetWWNs and wwids can not be specified simultaneously")]),
    ...(isEmpty(targetWWNs)
      ? NOTHING
      : lun === undefined
        ? [required(`${path}.lun`, "lun is required if targetWWNs is specified")]
        : oneByte("lun", "must be between 0 and 255, inclusive")(source, path, volume)),
  ];
}

const MANAGED = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

function checkAzureDisk(source: Source, path: string, volume: string): Findings {
  const [uri, kind] = [text(source.diskURI), source.kind as string | undefined];
  const form = kind === "Managed" ? "/subscriptions/" : "https://";
  const isOdd = kind !== undefined && !uri.startsWith(form);
  return [
    ...need("diskName", "diskURI")(source, path, volume),
    ...optionalOneOf(`${path}.cachingMode`, source.cachingMode as string | undefined, [
      "None",
      "ReadOnly",
      "ReadWrite",
    ]),
    ...optionalOneOf(`${path}.kind`, kind, ["Dedicated", "Managed", "Shared"]),
    ...(isOdd ? [notSupported(`${path}.diskURI`, uri, [kind === "Managed" ? MANAGED : BLOB])] : NOTHING),
  ];
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
