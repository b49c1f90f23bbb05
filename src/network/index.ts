export type { ClusterDns, ClusterDnsOptions } from "./dns/cluster-dns.ts";
export { startDns } from "./dns/cluster-dns.ts";
export { decodeMessage } from "./dns/decode.ts";
export type { DigContext } from "./dns/dig-text.ts";
export { digShort, digText, recordData } from "./dns/dig-text.ts";
export { encodeMessage } from "./dns/encode.ts";
export type { DnsMessage, DnsQuestion, DnsRecord } from "./dns/message.ts";
export { dnsQuery, RCODE_NAMES, typeNumber } from "./dns/message.ts";
export type { DnsResponder, Transport } from "./dns/responder.ts";
export type { Upstream } from "./dns/zone.ts";
export type { ProxyMode } from "./fabric/balancer.ts";
export type { FetchFailure, FetchOptions, FetchResult } from "./fabric/fetch.ts";
export { goErrorText } from "./fabric/fetch.ts";
export type { Link } from "./fabric/links.ts";
export type { Destination, Origin, Route } from "./fabric/route.ts";
export type {
  Network,
  NetworkClusterConfig,
  NetworkInformers,
  NetworkOptions,
  NetworkOrigin,
  NetworkTarget,
} from "./network.ts";
export { createNetwork } from "./network.ts";
export type { ImageDeclaration, ImageDeclarations } from "./programs/catalog.ts";
export type { Output } from "./programs/program.ts";
export type { Resolution, ResolveStep } from "./resolver.ts";
export type { ContainerLog, LogPiece } from "./runtime/container-log.ts";
export type { ClusterRuntime, ContainerTarget, ExecHandle, ExecStart } from "./runtime/runtime.ts";
