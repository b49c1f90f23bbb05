import type { EndpointSlice } from "../../../api/index.ts";
import { canonicalIp } from "../../ip-address.ts";

/** A port that was declared by nobody: addresses are answered for it, SRV records are not (CoreDNS' sentinel). */
export const NO_PORT = -1;

const LABEL_MAX = 64;

export type ZonePort = { readonly name: string; readonly protocol: string; readonly port: number };

/** One ready address of a Service as DNS knows it. */
export type ZoneEndpoint = {
  /** Canonical. */
  readonly address: string;
  readonly family: "IPv4" | "IPv6";
  /** The endpoint's own label: its hostname, else its address with dashes. */
  readonly host: string;
  /** The label instead where endpoints are named by their pods (`endpoint_pod_names`). */
  readonly podHost: string;
  readonly ports: readonly ZonePort[];
  /** The topology zone it is in. */
  readonly zone?: string;
  /** The source cluster of an imported endpoint. */
  readonly cluster?: string;
};

/** The ready endpoints of slices, in their order. `ready` absent counts as true; serving and terminating do not matter to DNS. */
export function zoneEndpoints(
  slices: Iterable<EndpointSlice>,
  clusterOf: (slice: EndpointSlice) => string | undefined,
): readonly ZoneEndpoint[] {
  const endpoints: ZoneEndpoint[] = [];
  for (const slice of slices) {
    const ports = portsOf(slice.ports ?? []);
    const cluster = clusterOf(slice);
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      for (const text of endpoint.addresses) {
        const address = plainAddress(text);
        if (address === undefined) continue;
        const hostname = endpoint.hostname ?? "";
        const host = hostname === "" ? hostOfAddress(address) : hostname;
        const pod = endpoint.targetRef?.name ?? "";
        const podHost = hostname === "" && pod !== "" && pod.length < LABEL_MAX ? pod : host;
        const from = {
          ...(cluster === undefined ? {} : { cluster }),
          ...(endpoint.zone === undefined ? {} : { zone: endpoint.zone }),
        };
        endpoints.push({
          address,
          family: address.includes(":") ? ("IPv6" as const) : ("IPv4" as const),
          host,
          podHost,
          ports,
          ...from,
        });
      }
    }
  }
  return endpoints;
}

/** An address in its one spelling. Most are IPv4 and have it already, which is seen without taking them apart. */
export function plainAddress(text: string): string | undefined {
  return isPlainIPv4(text) ? text : canonicalIp(text);
}

function isPlainIPv4(text: string): boolean {
  let [parts, value, digits] = [1, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit >= 0 && digit <= 9) {
      if (digits++ > 0 && value === 0) return false;
      value = value * 10 + digit;
      if (value > 255) return false;
    } else {
      if (digit !== -2 || digits === 0) return false;
      parts++;
      [value, digits] = [0, 0];
    }
  }
  return parts === 4 && digits > 0;
}

/** Service or slice ports in the form DNS compares; none declared gives the sentinel. */
export function portsOf(
  ports: readonly { readonly name?: string; readonly protocol?: string; readonly port?: number }[],
): readonly ZonePort[] {
  if (ports.length === 0) return [{ name: "", protocol: "", port: NO_PORT }];
  return ports.map((port) => ({
    name: (port.name ?? "").toLowerCase(),
    protocol: (port.protocol ?? "TCP").toLowerCase(),
    port: port.port ?? NO_PORT,
  }));
}

/** `172-0-0-2`; an IPv6 address that would end in a dash gets a 0, since no label may (CoreDNS since 1.12.4). */
function hostOfAddress(address: string): string {
  const dashed = address.replaceAll(/[.:]/g, "-");
  return dashed.endsWith("-") ? `${dashed}0` : dashed;
}
