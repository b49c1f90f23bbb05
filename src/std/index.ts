export { AssertionError, assert, assertNever, must } from "./assert.ts";
export { bytesOfText, textOfBytes, unfinishedBytes } from "./byte-text.ts";
export type { DerValue } from "./der.ts";
export { der, derValues } from "./der.ts";
export { goDurationError, humanDuration, parseDurationMs } from "./duration.ts";
export { deepEqual } from "./equal.ts";
export { CONTROL_ESCAPES } from "./escapes.ts";
export { fnv1a32 } from "./fnv.ts";
export { deepFreeze } from "./freeze.ts";
export { Heap } from "./heap.ts";
export type { Cidr, IpAddress } from "./ip-address.ts";
export {
  canonicalIp,
  cidrContains,
  formatIp,
  hostPort,
  ipBytes,
  networkContains,
  parseCidr,
  parseIp,
} from "./ip-address.ts";
export { addressAt, formatCidr, maskedCidr, networksIn, subnetAt } from "./ip-network.ts";
export { compareText, sortedBy } from "./sorted.ts";
export { isRecord, stableJson } from "./stable-json.ts";
