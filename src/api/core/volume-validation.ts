import { dns1123LabelErrors, dns1123SubdomainErrors, tryParseQuantity } from "../../apimachinery/index.ts";
import {
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  repeated,
  required,
  requiredLabel,
  tooLong,
} from "../validation.ts";
import { validateClaimSpec } from "./claim-validation.ts";
import { fieldReference, resourceReference } from "./field-references.ts";
import { validateLabels } from "./placement-validation.ts";
import type { Volume } from "./pod.ts";
import type { PersistentVolumeClaimSpec } from "./volumes.ts";

type Fields = Readonly<Record<string, unknown>>;
type Check = (source: Fields, path: string) => Findings;

type Volumes = {
  readonly findings: Findings;
  /** The volumes that can be mounted, by name: what is wrong in itself is not there. */
  readonly sound: ReadonlyMap<string, Volume>;
};

const NONE: Volumes = { findings: NOTHING, sound: new Map() };

/** The volumes of a pod: names, and exactly one source each (`ValidateVolumes`). */
export function validateVolumes(volumes: readonly Volume[] | undefined, path: string): Volumes {
  if (volumes === undefined || volumes.length === 0) return NONE;
  const sound = new Map<string, Volume>();
  const each = eachItem(volumes, (volume, index) => {
    const at = `${path}[${index}]`;
    const findings = [...volumeSource(volume as Fields, at), ...requiredLabel(`${at}.name`, volume.name)];
    if (findings.length === 0) sound.set(volume.name, volume);
    return findings;
  });
  const twice = repeated(
    volumes,
    ({ name }) => (dns1123LabelErrors(name ?? "").length === 0 ? name : undefined),
    (index) => `${path}[${index}].name`,
  );
  return { findings: [...each, ...twice], sound };
}

/** One source; the first is checked, those after it are one too many. */
function volumeSource(volume: Fields, path: string): Findings {
  const [first, ...more] = Object.keys(volume).filter(
    (key) => key !== "name" && (volume[key] ?? undefined) !== undefined,
  );
  if (first === undefined) return [required(path, "must specify a volume type")];
  const check = SOURCES[first];
  const findings = check === undefined ? NOTHING : check(volume[first] as Fields, `${path}.${first}`);
  if (more.length === 0) return findings;
  return [...findings, ...more.map((name) => forbidden(`${path}.${name}`, "may not specify more than 1 volume type"))];
}

const SOURCES: Readonly<Record<string, Check>> = {
  emptyDir: ({ sizeLimit }, path) =>
    (tryParseQuantity(sizeLimit)?.nanos ?? 0n) < 0n
      ? [forbidden(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")]
      : NOTHING,
  hostPath: checkHostPath,
  configMap: (source, path) => [...present(`${path}.name`, source.name), ...checkFiles(source, path)],
  secret: (source, path) => [...present(`${path}.secretName`, source.secretName), ...checkFiles(source, path)],
  persistentVolumeClaim: ({ claimName }, path) => present(`${path}.claimName`, claimName),
  nfs: (source, path) => checkNfs(source, path),
  csi: (source, path) => checkInlineCsi(source, path),
  downwardAPI: (source, path) => [
    ...checkMode(source.defaultMode, `${path}.defaultMode`),
    ...checkDownward(source, path),
  ],
  projected: checkProjected,
  ephemeral: ({ volumeClaimTemplate }, path) =>
    volumeClaimTemplate === undefined
      ? [required(`${path}.volumeClaimTemplate`)]
      : checkClaimTemplate(volumeClaimTemplate as ClaimTemplate, `${path}.volumeClaimTemplate`),
};

type ClaimTemplate = {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: PersistentVolumeClaimSpec;
};

function checkClaimTemplate({ metadata, spec = {} }: ClaimTemplate, path: string): Findings {
  return [...validateLabels(metadata?.labels, `${path}.metadata.labels`), ...validateClaimSpec(spec, `${path}.spec`)];
}

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

/** A path of the node (`validateHostPathVolumeSource`); PersistentVolumes have it too. */
export function checkHostPath(source: Fields, path: string): Findings {
  const { path: host, type = "" } = source;
  if (typeof host !== "string" || host === "") return [required(`${path}.path`)];
  return [
    ...noBacksteps(`${path}.path`, host),
    ...(HOST_PATH_TYPES.includes(String(type)) ? NOTHING : [notSupported(`${path}.type`, type, HOST_PATH_TYPES)]),
  ];
}

/** A share of an NFS server (`validateNFSVolumeSource`). */
export function checkNfs({ server, path: share }: Fields, path: string): Findings {
  const isAbsolute = typeof share === "string" && share.startsWith("/");
  return [
    ...present(`${path}.server`, server),
    ...present(`${path}.path`, share),
    ...(isAbsolute ? NOTHING : [invalid(`${path}.path`, share ?? "", "must be an absolute path")]),
  ];
}

/** What is wrong with the name of a CSI driver (`ValidateCSIDriverName`). */
export function csiDriverName(field: string, driver: unknown): Findings {
  if (typeof driver !== "string" || driver === "") return [required(field)];
  return [
    ...(driver.length > 63 ? [tooLong(field, 63)] : NOTHING),
    ...invalidFor(field, driver, dns1123SubdomainErrors(driver.toLowerCase())),
  ];
}

function checkInlineCsi({ driver, nodePublishSecretRef }: Fields, path: string): Findings {
  const secret = nodePublishSecretRef as { readonly name?: string } | undefined;
  return [
    ...csiDriverName(`${path}.driver`, driver),
    ...(secret === undefined ? NOTHING : secretName(secret.name, path)),
  ];
}

/** Upstream asks for the name where it is, and complains of it where the secret is. */
function secretName(name: string | undefined, path: string): Findings {
  return name
    ? invalidFor(`${path}.name`, name, dns1123SubdomainErrors(name))
    : [required(`${path}.nodePublishSecretRef.name`)];
}

function present(field: string, value: unknown): Findings {
  return typeof value === "string" && value !== "" ? NOTHING : [required(field)];
}

function checkMode(mode: unknown, field: string): Findings {
  return mode === undefined || mode === null || (Number(mode) >= 0 && Number(mode) <= 0o777)
    ? NOTHING
    : [invalid(field, mode, "must be a number between 0 and 0777 (octal), both inclusive")];
}

type KeyToPath = { readonly key?: string; readonly path?: string; readonly mode?: number };

function checkFiles(source: Fields, path: string): Findings {
  const { defaultMode, items } = source;
  return [
    ...checkMode(defaultMode, `${path}.defaultMode`),
    ...eachItem(items as readonly KeyToPath[] | undefined, (item, index) => {
      const field = `${path}.items[${index}]`;
      return [
        ...present(`${field}.key`, item.key),
        ...present(`${field}.path`, item.path),
        ...(item.path ? localPath(`${field}.path`, item.path) : NOTHING),
        ...checkMode(item.mode, `${field}.mode`),
      ];
    }),
  ];
}

/** A path below the volume's own root whose first step is a name (`validateLocalNonReservedPath`). */
function localPath(field: string, path: string): Findings {
  return [
    ...descendingPath(field, path),
    ...(path.startsWith("..") && !path.startsWith("../")
      ? [invalid(field, path, "must not start with '..'")]
      : NOTHING),
  ];
}

/** A path that neither starts at the root nor climbs (`validateLocalDescendingPath`). */
export function descendingPath(field: string, path: string): Findings {
  return [
    ...(path.startsWith("/") ? [invalid(field, path, "must be a relative path")] : NOTHING),
    ...noBacksteps(field, path),
  ];
}

function noBacksteps(field: string, path: string): Findings {
  return path.split("/").includes("..") ? [invalid(field, path, "must not contain '..'")] : NOTHING;
}

type DownwardFile = KeyToPath & { readonly fieldRef?: Fields; readonly resourceFieldRef?: Fields };

function checkDownward(source: Fields, path: string): Findings {
  // Upstream does not say which file it is.
  return eachItem(source.items as readonly DownwardFile[] | undefined, (file) => {
    const field = path;
    const { fieldRef, resourceFieldRef } = file;
    return [
      ...present(`${field}.path`, file.path),
      ...(file.path ? localPath(`${field}.path`, file.path) : NOTHING),
      ...(fieldRef !== undefined && resourceFieldRef !== undefined
        ? [invalid(field, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")]
        : NOTHING),
      ...(fieldRef === undefined && resourceFieldRef === undefined
        ? [required(field, "one of fieldRef and resourceFieldRef is required")]
        : NOTHING),
      ...(fieldRef === undefined
        ? NOTHING
        : fieldReference(String(fieldRef.fieldPath ?? ""), `${field}.fieldRef`, FILE_FIELDS)),
      ...(resourceFieldRef === undefined || fieldRef !== undefined
        ? NOTHING
        : resourceFile(resourceFieldRef, `${field}.resourceFieldRef`)),
      ...checkMode(file.mode, `${field}.mode`),
    ];
  });
}

const FILE_FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

function resourceFile(reference: Fields, path: string): Findings {
  if (!reference.containerName) return [required(`${path}.containerName`)];
  return resourceReference(reference, path);
}

const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;

function checkProjected({ sources, defaultMode }: Fields, path: string): Findings {
  return [
    ...checkMode(defaultMode, `${path}.defaultMode`),
    ...eachItem(sources as readonly Fields[] | undefined, (source, index) => {
      const field = `${path}.sources[${index}]`;
      const [first, ...more] = Object.keys(source);
      if (first === undefined) return NOTHING;
      return [
        ...(first === "serviceAccountToken"
          ? checkToken(source[first] as Fields, `${field}.${first}`, path)
          : checkProjection(first, source[first] as Fields, `${field}.${first}`)),
        ...more.map((name) => forbidden(`${field}.${name}`, "may not specify more than 1 volume type")),
      ];
    }),
  ];
}

function checkProjection(name: string, source: Fields, path: string): Findings {
  if (name === "secret" || name === "configMap")
    return [...present(`${path}.name`, source.name), ...checkFiles(source, path)];
  return name === "downwardAPI" ? checkDownward(source, path) : NOTHING;
}

/** The path of a token is asked for where all sources are. */
function checkToken(source: Fields, path: string, all: string): Findings {
  const seconds = Number(source.expirationSeconds ?? TOKEN_SECONDS_MIN);
  return [
    ...(seconds < TOKEN_SECONDS_MIN
      ? [invalid(`${path}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes")]
      : NOTHING),
    ...(seconds > TOKEN_SECONDS_MAX
      ? [invalid(`${path}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds")]
      : NOTHING),
    ...present(`${all}.path`, source.path),
  ];
}
