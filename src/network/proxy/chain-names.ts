import { createHash } from "node:crypto";
import type { RuleEndpoint, ServiceRule } from "../../algorithms/index.ts";
import { endpointKey } from "./affinity.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const IPTABLES_LENGTH = 16;
const NFTABLES_LENGTH = 8;

/** `default/web:http`: a Service port as kube-proxy writes it into comments and hashes it into chain names. */
export function portName({ namespace, service, portName: name }: ServiceRule): string {
  return name === "" ? `${namespace}/${service}` : `${namespace}/${service}:${name}`;
}

/** `KUBE-SVC-…`, `KUBE-SVL-…`, `KUBE-EXT-…`, `KUBE-FW-…`: the chains iptables has for a Service port. */
export function iptablesChain(prefix: "SVC" | "SVL" | "EXT" | "FW", rule: ServiceRule): string {
  return `KUBE-${prefix}-${hash(portName(rule) + rule.protocol.toLowerCase(), IPTABLES_LENGTH)}`;
}

/** `KUBE-SEP-…`: the chain iptables has for one endpoint of a Service port. */
export function iptablesEndpointChain(rule: ServiceRule, endpoint: RuleEndpoint): string {
  return `KUBE-SEP-${hash(portName(rule) + rule.protocol.toLowerCase() + endpointKey(endpoint), IPTABLES_LENGTH)}`;
}

/** `service-ULMVA6XW-ns1/svc1/tcp/p80`: the chains nftables has for a Service port. */
export function nftChain(prefix: "service" | "local" | "external" | "firewall", rule: ServiceRule): string {
  return named(prefix, nftBase(rule));
}

/** `endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80`, and the set of clients that stick to it. */
export function nftEndpointName(
  prefix: "endpoint" | "affinity",
  rule: ServiceRule,
  { address, port }: RuleEndpoint,
): string {
  // A colon is no part of a name in nftables.
  return named(prefix, `${nftBase(rule)}__${address.replaceAll(":", ".")}/${port}`);
}

function nftBase({ namespace, service, protocol, portName: name }: ServiceRule): string {
  return `${namespace}/${service}/${protocol.toLowerCase()}/${name}`;
}

function named(prefix: string, base: string): string {
  return `${prefix}-${hash(base, NFTABLES_LENGTH)}-${base}`;
}

/** The first characters of a SHA-256 in base 32. */
function hash(text: string, length: number): string {
  const digest = createHash("sha256").update(text).digest();
  let bits = 0;
  let value = 0;
  let written = "";
  for (const byte of digest) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5 && written.length < length) {
      bits -= 5;
      written += BASE32[(value >> bits) & 31];
    }
    if (written.length === length) break;
  }
  return written;
}
