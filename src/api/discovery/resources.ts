import { AGE, formatFirst, text } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { EndpointSlice } from "./endpoint-slice.ts";
import { endpointSliceStrategy } from "./strategy.ts";

/** The kinds of the discovery.k8s.io group. */
export const discoveryResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: EndpointSlice,
    nullLists: ["endpoints", "ports"],
    strategy: endpointSliceStrategy,
    singular: "endpointslice",
    generation: "labels",
    columns: [
      text<EndpointSlice>("AddressType", (slice) => slice.addressType),
      text<EndpointSlice>(
        "Ports",
        (slice) =>
          formatFirst(
            (slice.ports ?? []).map(({ port, name }) => `${port ?? name ?? "*"}`),
            3,
          ) || "<unset>",
      ),
      text<EndpointSlice>(
        "Endpoints",
        (slice) =>
          formatFirst(
            (slice.endpoints ?? []).flatMap(({ addresses }) => addresses),
            3,
          ) || "<unset>",
      ),
      AGE,
    ],
  }),
];
