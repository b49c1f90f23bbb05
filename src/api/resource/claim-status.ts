import { dns1123LabelErrors } from "../../apimachinery/index.ts";
import { deepEqual, formatIp } from "../../std/index.ts";
import { looseCidr } from "../address-forms.ts";
import { validateConditions } from "../condition-validation.ts";
import { validateNodeSelector } from "../core/placement-validation.ts";
import { csiDriverName } from "../core/volume-validation.ts";
import {
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  required,
  requiredOneOf,
  tooLong,
  tooMany,
} from "../validation.ts";
import { LIST_MAX, listOf, poolName, rawObject, setOf } from "./checks.ts";
import { checkConfig, checkRequestName, goClaim, type RequestNames, requestNames } from "./claim-spec.ts";
import type { AllocatedDevice, Allocation, DeviceName, ResourceClaim } from "./kinds.ts";

type Status = NonNullable<ResourceClaim["status"]>;

const RESERVED_MAX = 256;
const CONDITIONS_MAX = 8;
const IPS_MAX = 16;
const INTERFACE_NAME_MAX = 256;
const HARDWARE_ADDRESS_MAX = 128;
const CIDR_FORM = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)";
/** What of a result is behind feature gates that are off. */
const DISABLED = ["shareID", "consumedCapacity", "bindingConditions", "bindingFailureConditions"];

/** Without what is behind feature gates, and without what drivers said of devices that were taken back. */
export function preparedStatus(claim: ResourceClaim, before: ResourceClaim): ResourceClaim {
  const { status } = claim;
  if (status === undefined) return claim;
  const { devices, allocation, ...rest } = status;
  const held = idsOf(allocation);
  const given = idsOf(before.status?.allocation).filter((id) => !held.includes(id));
  const told = devices
    ?.map((device) => {
      const { shareID, ...plain } = device ?? {};
      return plain;
    })
    .filter((device) => !given.includes(idOf(device)));
  return {
    ...claim,
    status: {
      ...(allocation === undefined ? {} : { allocation: plainAllocation(allocation) }),
      ...(told === undefined || told.length === 0 ? {} : { devices: told }),
      ...rest,
    },
  };
}

function plainAllocation(allocation: Allocation): Allocation {
  const { results } = allocation.devices ?? {};
  if (results?.some((result) => DISABLED.some((field) => result?.[field] !== undefined)) !== true) return allocation;
  const plain = results.map((result) =>
    Object.fromEntries(Object.entries(result ?? {}).filter(([field]) => !DISABLED.includes(field))),
  );
  return { ...allocation, devices: { ...allocation.devices, results: plain } };
}

function nameOf({ driver = "", pool = "", device = "" }: DeviceName): object {
  return { Driver: driver, Pool: pool, Device: device, ShareID: "" };
}

function idOf(device: DeviceName | undefined): string {
  return JSON.stringify(nameOf(device ?? {}));
}

function idsOf(allocation: Allocation | undefined): readonly string[] {
  return (allocation?.devices?.results ?? []).map(idOf);
}

/** What the scheduler and drivers say of a claim (`validateResourceClaimStatusUpdate`). */
export function checkClaimStatus(claim: ResourceClaim, before: ResourceClaim): Findings {
  const { reservedFor, devices, allocation }: Status = claim.status ?? {};
  const named = requestNames(claim.spec ?? {});
  const allocated = new Set(idsOf(allocation));
  const earlier = before.status?.allocation;
  return [
    ...setOf(reservedFor, { path: "status.reservedFor", most: RESERVED_MAX, key: ({ uid = "" }) => uid }, (user, at) =>
      (["resource", "name", "uid"] as const).flatMap((field) => (user[field] ? NOTHING : [required(`${at}.${field}`)])),
    ),
    ...setOf(devices, { path: "status.devices", most: Number.POSITIVE_INFINITY, key: nameOf }, (device, at) =>
      checkDevice(device, at, allocated),
    ),
    ...checkReservation(claim, before),
    ...(allocation !== undefined && earlier !== undefined && !deepEqual(allocation, earlier)
      ? [invalid("status.allocation", goClaim("Allocation", allocation), "field is immutable")]
      : NOTHING),
    ...(allocation !== undefined && earlier === undefined ? checkAllocation(allocation, named) : NOTHING),
  ];
}

function checkReservation({ status, metadata }: ResourceClaim, before: ResourceClaim): Findings {
  const { reservedFor = [], allocation } = status ?? {};
  if (reservedFor.length === 0) return NOTHING;
  if (allocation === undefined)
    return [forbidden("status.reservedFor", "may not be specified when `allocated` is not set")];
  const earlier = before.status?.reservedFor ?? [];
  const isAdded = reservedFor.some((user) => !earlier.some((other) => deepEqual(user, other)));
  if (metadata.deletionTimestamp === undefined || !isAdded) return NOTHING;
  const reason = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
  return [forbidden("status.reservedFor", reason)];
}

function checkDevice(device: AllocatedDevice, at: string, allocated: ReadonlySet<string>): Findings {
  const { conditions, data, networkData } = device;
  return [
    ...checkDeviceName(device, at),
    ...(allocated.has(idOf(device))
      ? NOTHING
      : [invalid(at, nameOf(device), "must be an allocated device in the claim")]),
    ...((conditions ?? []).length > CONDITIONS_MAX
      ? [tooMany(`${at}.conditions`, (conditions ?? []).length, CONDITIONS_MAX)]
      : NOTHING),
    ...validateConditions(conditions, `${at}.conditions`),
    ...(data === undefined ? NOTHING : rawObject(data, `${at}.data`)),
    ...checkNetwork(networkData ?? {}, `${at}.networkData`),
  ];
}

function checkDeviceName({ driver, pool, device = "" }: DeviceName, at: string): Findings {
  return [
    ...csiDriverName(`${at}.driver`, driver),
    ...poolName(pool, `${at}.pool`),
    ...invalidFor(`${at}.device`, device, dns1123LabelErrors(device)),
  ];
}

function checkNetwork(
  { interfaceName = "", hardwareAddress = "", ips }: NonNullable<AllocatedDevice["networkData"]>,
  at: string,
): Findings {
  return [
    ...(Buffer.byteLength(interfaceName) > INTERFACE_NAME_MAX
      ? [tooLong(`${at}.interfaceName`, INTERFACE_NAME_MAX)]
      : NOTHING),
    ...(Buffer.byteLength(hardwareAddress) > HARDWARE_ADDRESS_MAX
      ? [tooLong(`${at}.hardwareAddress`, HARDWARE_ADDRESS_MAX)]
      : NOTHING),
    ...setOf(ips, { path: `${at}.ips`, most: IPS_MAX, key: (address) => address }, interfaceAddress),
  ];
}

/** An address with the size of its network, in the form Go writes it (`validation.IsValidInterfaceAddress`). */
function interfaceAddress(text: string, path: string): Findings {
  const network = typeof text === "string" ? looseCidr(text) : undefined;
  if (network === undefined) return [invalid(path, typeof text === "string" ? text : "", CIDR_FORM)];
  const canonical = `${formatIp(network.base)}/${network.bits}`;
  return text === canonical
    ? NOTHING
    : [invalid(path, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

function checkAllocation({ devices = {}, nodeSelector }: Allocation, named: RequestNames): Findings {
  const at = "status.allocation";
  return [
    ...listOf(devices.results, { path: `${at}.devices.results` }, (result, field) => [
      ...checkRequestName(result.request ?? "", `${field}.request`, named),
      ...checkDeviceName(result, field),
    ]),
    ...listOf(devices.config, { path: `${at}.devices.config`, most: 2 * LIST_MAX }, (config, field) => [
      ...requiredOneOf(`${field}.source`, config.source, ["FromClaim", "FromClass"]),
      ...checkConfig(config, field, named),
    ]),
    ...(nodeSelector === undefined ? NOTHING : validateNodeSelector(nodeSelector, `${at}.nodeSelector`)),
  ];
}
