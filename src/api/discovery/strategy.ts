import { withDefaults, withItems } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { eachItem, immutable, oneOf, required } from "../validation.ts";
import type { EndpointSlice } from "./endpoint-slice.ts";

/** What is particular to EndpointSlices (`pkg/registry/discovery/endpointslice`). */
export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  applyDefaults: (slice) => withItems(slice, "ports", (port) => withDefaults(port, { name: "", protocol: "TCP" })),
  validate: (slice) => [
    ...oneOf("addressType", slice.addressType, ["FQDN", "IPv4", "IPv6"]),
    ...eachItem(slice.endpoints, ({ addresses }, index) =>
      (addresses ?? []).length === 0
        ? [required(`endpoints[${index}].addresses`, "must contain at least 1 address")]
        : [],
    ),
  ],
  validateUpdate: (after, before) => immutable("addressType", after.addressType, before.addressType),
};
