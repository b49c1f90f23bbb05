import { dns1123LabelErrors, dns1123SubdomainErrors } from "../../apimachinery/index.ts";
import { validateNodeSelector } from "../core/placement-validation.ts";
import { csiDriverName } from "../core/volume-validation.ts";
import type { Strategy } from "../descriptor.ts";
import { asGoStruct, type GoStructs } from "../go-structs.ts";
import { eachEntry, type Findings, immutable, invalid, invalidFor, NOTHING, required, tooLong } from "../validation.ts";
import { poolName, qualifiedAttribute, setOf } from "./checks.ts";
import type { Attribute, Device, ResourceSlice, SliceSpec } from "./kinds.ts";

const DEVICES_MAX = 128;
const ENTRIES_MAX = 32;
const TEXT_MAX = 64;
const KEY_MAX = 96;
/** What is behind feature gates that are off (`DRAPartitionableDevices`, `DRADeviceTaints`, …). */
const DISABLED_IN_SPEC = ["sharedCounters", "perDeviceNodeSelection"];
const DISABLED_IN_DEVICE = [
  "taints",
  "consumesCounters",
  "nodeName",
  "nodeSelector",
  "allNodes",
  "bindingConditions",
  "bindingFailureConditions",
  "bindsToNode",
  "allowMultipleAllocations",
];
const NUMBER = "(0|[1-9]\\d*)";
const EARLY = "(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const BUILD = "[0-9a-zA-Z-]+";
const semver = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${EARLY}(\\.${EARLY})*)?(\\+${BUILD}(\\.${BUILD})*)?$`);
const ONE_OF = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";

/** What is particular to ResourceSlices: the devices of a driver, and the nodes that have them. */
export const sliceStrategy: Strategy<ResourceSlice> = {
  prepareForCreate: withoutDisabled,
  prepareForUpdate: withoutDisabled,
  validate: ({ spec = {} }, before) => [
    ...csiDriverName("spec.driver", spec.driver),
    ...checkPool(spec.pool ?? {}),
    ...(before === undefined ? NOTHING : unchanged(spec, before.spec ?? {})),
    ...checkNodes(spec),
    ...setOf(spec.devices, { path: "spec.devices", most: DEVICES_MAX, key: ({ name = "" }) => name }, checkDevice),
  ],
  warnings: ({ spec: { driver = "" } = {} }) =>
    driver === driver.toLowerCase()
      ? []
      : [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`],
};

function withoutDisabled(slice: ResourceSlice): ResourceSlice {
  const { spec } = slice;
  if (spec === undefined) return slice;
  const kept = without(spec, DISABLED_IN_SPEC);
  const devices = kept.devices?.map((device) => plainDevice(without(device ?? {}, DISABLED_IN_DEVICE)));
  return { ...slice, spec: devices === undefined ? kept : { ...kept, devices } };
}

function without<T extends Readonly<Record<string, unknown>>>(object: T, fields: readonly string[]): T {
  if (!fields.some((field) => object[field] !== undefined)) return object;
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field))) as T;
}

function plainDevice(device: Device): Device {
  const entries = Object.entries(device.capacity ?? {});
  if (!entries.some(([, amount]) => amount?.requestPolicy !== undefined)) return device;
  const capacity = entries.map(([name, { requestPolicy, ...amount }]) => [name, amount] as const);
  return { ...device, capacity: Object.fromEntries(capacity) };
}

function checkPool({ name, resourceSliceCount = 0, generation = 0 }: NonNullable<SliceSpec["pool"]>): Findings {
  return [
    ...poolName(name, "spec.pool.name"),
    ...(resourceSliceCount <= 0
      ? [invalid("spec.pool.resourceSliceCount", resourceSliceCount, "must be greater than zero")]
      : NOTHING),
    ...(generation < 0
      ? [invalid("spec.pool.generation", generation, "must be greater than or equal to zero")]
      : NOTHING),
  ];
}

function unchanged(after: SliceSpec, before: SliceSpec): Findings {
  return [
    ...immutable("spec.pool.name", after.pool?.name ?? "", before.pool?.name ?? ""),
    ...immutable("spec.driver", after.driver ?? "", before.driver ?? ""),
    ...immutable("spec.nodeName", after.nodeName, before.nodeName),
  ];
}

function checkNodes({ nodeName, nodeSelector, allNodes }: SliceSpec): Findings {
  const stated = [
    ...(nodeName ? ["`nodeName`"] : []),
    ...(nodeSelector === undefined ? [] : ["`nodeSelector`"]),
    ...(allNodes === true ? ["`allNodes`"] : []),
  ];
  const terms = nodeSelector?.nodeSelectorTerms ?? [];
  return [
    ...(nodeName === ""
      ? [invalid("spec.nodeName", "", "must be either unset or set to a non-empty string")]
      : invalidFor("spec.nodeName", nodeName, nodeName === undefined ? [] : dns1123SubdomainErrors(nodeName))),
    ...(nodeSelector === undefined ? NOTHING : validateNodeSelector(nodeSelector, "spec.nodeSelector")),
    ...(nodeSelector === undefined || terms.length === 1
      ? NOTHING
      : [invalid("spec.nodeSelector.nodeSelectorTerms", terms, "must have exactly one node selector term")]),
    ...(allNodes === false ? [invalid("spec.allNodes", false, "must be either unset or set to true")] : NOTHING),
    ...(stated.length === 0 ? [required("spec", ONE_OF)] : NOTHING),
    ...(stated.length > 1
      ? [invalid("spec", `{${stated.join(", ")}}`, `${ONE_OF}, but multiple fields are set`)]
      : NOTHING),
  ];
}

function checkDevice({ name = "", attributes = {}, capacity = {} }: Device, at: string): Findings {
  const entries = Object.keys(attributes).length + Object.keys(capacity).length;
  return [
    ...invalidFor(`${at}.name`, name, dns1123LabelErrors(name)),
    ...(entries > ENTRIES_MAX
      ? [invalid(at, entries, `the total number of attributes and capacities must not exceed ${ENTRIES_MAX}`)]
      : NOTHING),
    ...eachEntry(attributes, (key, attribute) => [
      ...qualifiedAttribute(key, `${at}.attributes`),
      ...checkAttribute(attribute ?? {}, `${at}.attributes[${shortened(key)}]`),
    ]),
    ...eachEntry(capacity, (key) => qualifiedAttribute(key, `${at}.capacity`)),
  ];
}

const STRUCTS: GoStructs = {
  DeviceAttribute: "IntValue=int? BoolValue=bool? StringValue=string? VersionValue=version?",
};

function checkAttribute(attribute: Attribute, at: string): Findings {
  const { int, bool, string, version } = attribute;
  const stated = [int, bool, string, version].filter((value) => value !== undefined).length;
  const shown = stated === 0 ? "" : asGoStruct(STRUCTS, "DeviceAttribute", attribute);
  return [
    ...tooLongText(string, `${at}.string`),
    ...(version === undefined || semver.test(version)
      ? NOTHING
      : [invalid(`${at}.version`, version, "must be a string compatible with semver.org spec 2.0.0")]),
    ...tooLongText(version, `${at}.version`),
    ...(stated === 1 ? NOTHING : [invalid(at, shown, "exactly one value must be specified")]),
  ];
}

function tooLongText(text: string | undefined, path: string): Findings {
  return Buffer.byteLength(text ?? "") > TEXT_MAX ? [tooLong(path, TEXT_MAX)] : NOTHING;
}

/** Long keys lose their middle. */
function shortened(key: string): string {
  if (key.length <= KEY_MAX) return key;
  const rest = KEY_MAX - 3;
  return `${key.slice(0, Math.floor((rest + 1) / 2))}...${key.slice(key.length - Math.floor(rest / 2))}`;
}
