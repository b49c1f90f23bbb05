import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  type FieldError,
  qualifiedNameErrors,
} from "../../apimachinery/index.ts";
import { parseIp } from "../../std/index.ts";
import { publishableAddress } from "../core/address-validation.ts";
import { withDefaults, withItems } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { duplicate, eachItem, immutable, invalid, oneOf, required } from "../validation.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "./endpoint-slice.ts";

type Findings = readonly FieldError[];

const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;

/** What is particular to EndpointSlices (`pkg/registry/discovery/endpointslice`). */
export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  applyDefaults: (slice) => withItems(slice, "ports", (port) => withDefaults(port, { name: "", protocol: "TCP" })),
  validate: (slice) => [
    ...oneOf("addressType", slice.addressType, ["FQDN", "IPv4", "IPv6"]),
    ...tooMany("endpoints", slice.endpoints ?? [], ENDPOINTS_MAX),
    ...eachItem(slice.endpoints, (endpoint, index) =>
      checkEndpoint(endpoint, `endpoints[${index}]`, slice.addressType),
    ),
    ...checkPorts(slice.ports ?? []),
  ],
  validateUpdate: (after, before) => immutable("addressType", after.addressType, before.addressType),
};

function checkEndpoint(endpoint: Endpoint, path: string, type: EndpointSlice["addressType"]): Findings {
  const { addresses = [], hostname } = endpoint;
  return [
    ...(addresses.length === 0 ? [required(`${path}.addresses`, "must contain at least 1 address")] : []),
    ...tooMany(`${path}.addresses`, addresses, ADDRESSES_MAX),
    ...eachItem(addresses, (address, index) => checkAddress(`${path}.addresses[${index}]`, address, type)),
    ...(hostname === undefined
      ? []
      : dns1123LabelErrors(hostname).map((detail) => invalid(`${path}.hostname`, hostname, detail))),
  ];
}

function checkAddress(field: string, address: string, type: EndpointSlice["addressType"]): Findings {
  if (type === "FQDN") return dns1123SubdomainErrors(address).map((detail) => invalid(field, address, detail));
  const family = parseIp(address)?.family;
  if (family !== undefined && family !== type) return [invalid(field, address, `must be an ${type} address`)];
  return publishableAddress(field, address);
}

function checkPorts(ports: readonly EndpointPort[]): Findings {
  return eachItem(ports, ({ name = "", protocol, appProtocol }, index) => {
    const path = `ports[${index}]`;
    return [
      ...(name === "" ? [] : dns1123LabelErrors(name).map((detail) => invalid(`${path}.name`, name, detail))),
      ...(ports.findIndex((port) => (port.name ?? "") === name) < index ? [duplicate(`${path}.name`, name)] : []),
      ...oneOf(`${path}.protocol`, protocol, ["SCTP", "TCP", "UDP"]),
      ...(appProtocol === undefined
        ? []
        : qualifiedNameErrors(appProtocol).map((detail) => invalid(`${path}.appProtocol`, appProtocol, detail))),
    ];
  });
}

function tooMany(field: string, items: readonly unknown[], most: number): Findings {
  return items.length <= most
    ? []
    : [{ type: "FieldValueTooMany", field, value: items.length, detail: `must have at most ${most} items` }];
}
