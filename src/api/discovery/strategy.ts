import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
  validateLabelSelector,
} from "../../apimachinery/index.ts";
import { deepEqual, parseIp } from "../../std/index.ts";
import { addressWarnings, looseIp } from "../address-forms.ts";
import { publishableAddress } from "../core/address-validation.ts";
import { withDefaults, withItems, withoutField } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import {
  duplicate,
  eachItem,
  type Findings,
  immutable,
  invalid,
  invalidFor,
  NOTHING,
  oneOf,
  required,
  requiredOneOf,
  tooMany,
} from "../validation.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "./endpoint-slice.ts";

const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;

/** What is particular to EndpointSlices (`pkg/registry/discovery/endpointslice`). */
export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  applyDefaults: (slice) => withItems(slice, "ports", (port) => withDefaults(port, { name: "", protocol: "TCP" })),
  prepareForCreate: withoutTopology,
  prepareForUpdate: (slice, before) =>
    deepEqual(topologiesOf(slice), topologiesOf(before)) ? slice : withoutTopology(slice),
  validate: (slice, before) => {
    // What older versions let in stays.
    const isSame = before !== undefined && deepEqual(before.endpoints, slice.endpoints);
    return [
      ...requiredOneOf("addressType", slice.addressType, ["FQDN", "IPv4", "IPv6"]),
      ...checkPorts(slice.ports ?? []),
      ...(isSame ? NOTHING : checkEndpoints(slice)),
    ];
  },
  validateUpdate: (after, before) => immutable("addressType", after.addressType, before.addressType),
  warnings: (slice, before) => [
    ...(before === undefined && slice.addressType === "FQDN"
      ? ["spec.addressType: FQDN endpoints are deprecated"]
      : []),
    ...(CONTROLLERS.has(slice.metadata.labels?.["endpointslice.kubernetes.io/managed-by"] ?? "")
      ? []
      : (slice.endpoints ?? []).flatMap(({ addresses = [] }, place) =>
          addresses.flatMap((address, index) => addressWarnings(`endpoints[${place}].addresses[${index}]`, address)),
        )),
  ],
};

/** Whose addresses are known to be written as they should. */
const CONTROLLERS: ReadonlySet<string> = new Set([
  "endpointslice-controller.k8s.io",
  "endpointslicemirroring-controller.k8s.io",
]);

/** Topology is of v1beta1; v1 only keeps what it has. */
function withoutTopology(slice: EndpointSlice): EndpointSlice {
  return withItems(slice, "endpoints", (endpoint) => withoutField(endpoint, "deprecatedTopology"));
}

function topologiesOf({ endpoints = [] }: EndpointSlice): readonly unknown[] {
  return (endpoints ?? []).map(({ deprecatedTopology }) => deprecatedTopology);
}

function checkEndpoints({ endpoints = [], addressType }: EndpointSlice): Findings {
  if ((endpoints ?? []).length > ENDPOINTS_MAX) return tooManyOf("endpoints", endpoints, ENDPOINTS_MAX);
  return eachItem(endpoints, (endpoint, index) => checkEndpoint(endpoint, `endpoints[${index}]`, addressType));
}

function checkEndpoint(endpoint: Endpoint, path: string, type: EndpointSlice["addressType"]): Findings {
  const { addresses = [], hostname, nodeName, deprecatedTopology, hints } = endpoint;
  const labels = validateLabelSelector({ matchLabels: deprecatedTopology ?? {} }, `${path}.deprecatedTopology`);
  return [
    ...(addresses.length === 0 ? [required(`${path}.addresses`, "must contain at least 1 address")] : NOTHING),
    ...tooManyOf(`${path}.addresses`, addresses, ADDRESSES_MAX),
    ...eachItem(addresses, (address, index) => checkAddress(`${path}.addresses`, index, { address, type })),
    ...(nodeName === undefined ? NOTHING : invalidFor(`${path}.nodeName`, nodeName, dns1123SubdomainErrors(nodeName))),
    ...labels.map((wrong) => ({ ...wrong, field: `${path}.deprecatedTopology` })),
    ...(hostname === undefined ? NOTHING : invalidFor(`${path}.hostname`, hostname, dns1123LabelErrors(hostname))),
    ...(hints === undefined ? NOTHING : checkHints(hints, `${path}.hints`)),
  ];
}

/** Upstream knows no type but these, and does not look into what is of another. */
function checkAddress(
  field: string,
  index: number,
  { address, type }: { readonly address: string; readonly type: EndpointSlice["addressType"] | undefined },
): Findings {
  const at = `${field}[${index}]`;
  if (type === "FQDN") return fullyQualified(at, address);
  if (type !== "IPv4" && type !== "IPv6") return NOTHING;
  const ip = type === "IPv4" ? looseIp(address) : parseIp(address);
  if (ip === undefined) return [invalid(at, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
  return [
    ...(ip.family === type ? NOTHING : [invalid(field, address, `must be an ${type} address`)]),
    ...publishableAddress(at, address),
  ];
}

/** `validation.IsFullyQualifiedDomainName`. */
function fullyQualified(field: string, name: string): Findings {
  if (name === "") return [required(field)];
  const bare = name.endsWith(".") ? name.slice(0, -1) : name;
  const wrong = dns1123SubdomainErrors(bare);
  if (wrong.length > 0) return [invalid(field, bare, wrong.join(","))];
  if (bare.split(".").length < 2)
    return [invalid(field, bare, "should be a domain with at least two segments separated by dots")];
  return bare.split(".").flatMap((label) => invalidFor(field, label, dns1123LabelErrors(label)));
}

const HINTS_MAX = 8;

function checkHints({ forZones = [], forNodes = [] }: NonNullable<Endpoint["hints"]>, path: string): Findings {
  if (forZones.length > HINTS_MAX) return tooManyOf(`${path}.forZones`, forZones, HINTS_MAX);
  return [
    ...checkHinted(forZones, `${path}.forZones`, labelValueErrors),
    ...(forNodes.length > HINTS_MAX
      ? tooManyOf(`${path}.forNodes`, forNodes, HINTS_MAX)
      : checkHinted(forNodes, `${path}.forNodes`, dns1123SubdomainErrors)),
  ];
}

function checkHinted(
  hinted: readonly { readonly name?: string }[],
  field: string,
  errorsOf: (name: string) => readonly string[],
): Findings {
  const names = hinted.map(({ name = "" }) => name);
  return names.flatMap((name, index) => [
    ...(names.indexOf(name) < index ? [duplicate(`${field}[${index}].name`, name)] : NOTHING),
    ...invalidFor(`${field}[${index}].name`, name, errorsOf(name)),
  ]);
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

function tooManyOf(field: string, items: readonly unknown[], most: number): Findings {
  return items.length <= most ? NOTHING : [tooMany(field, items.length, most)];
}
