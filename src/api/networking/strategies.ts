import { type FieldError, validateLabelSelector } from "../../apimachinery/index.ts";
import { networkContains, parseCidr } from "../../std/index.ts";
import { withDefaults, withItems, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { eachItem, forbidden, invalid, oneOf, portNumber, required } from "../validation.ts";
import type { Ingress, IngressBackend, IngressPath } from "./ingress.ts";
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "./network-policy.ts";

/** What is particular to Ingresses (`pkg/registry/networking/ingress`). */
export const ingressStrategy: Strategy<Ingress> = {
  prepareForCreate: withStatus<Ingress>({ loadBalancer: {} }),
  validate: (ingress) => {
    const spec = ingress.spec ?? {};
    const rules = spec.rules ?? [];
    return [
      ...(rules.length === 0 && spec.defaultBackend === undefined
        ? [invalid("spec", rules, "either `defaultBackend` or `rules` must be specified")]
        : []),
      ...(spec.defaultBackend === undefined ? [] : checkBackend(spec.defaultBackend, "spec.defaultBackend")),
      ...eachItem(rules, (rule, index) =>
        eachItem(rule.http?.paths, (path, at) => checkPath(path, `spec.rules[${index}].http.paths[${at}]`)),
      ),
    ];
  },
};

function checkPath(path: IngressPath, field: string): readonly FieldError[] {
  const { pathType, path: value = "" } = path;
  const isRooted = value.startsWith("/") || (pathType === "ImplementationSpecific" && value === "");
  return [
    ...(pathType === undefined
      ? [required(`${field}.pathType`, "pathType must be specified")]
      : oneOf(`${field}.pathType`, pathType, ["Exact", "ImplementationSpecific", "Prefix"])),
    ...(isRooted ? [] : [invalid(`${field}.path`, value, "must be an absolute path")]),
    ...checkBackend(path.backend ?? {}, `${field}.backend`),
  ];
}

function checkBackend(backend: IngressBackend, field: string): readonly FieldError[] {
  if (backend.service === undefined && backend.resource === undefined)
    return [required(field, "must specify either a service or resource")];
  if (backend.service === undefined) return [];
  const { name, port } = backend.service;
  return [
    ...(name ? [] : [required(`${field}.service.name`)]),
    ...(port?.name === undefined && port?.number === undefined
      ? [required(`${field}.service.port`, "port name or number is required")]
      : []),
  ];
}

/** A policy speaks of ingress, and of egress when it has rules for it (`pkg/apis/networking/validation`). */
export const networkPolicyStrategy: Strategy<NetworkPolicy> = {
  applyDefaults: (policy) =>
    withSpec(policy, (spec) => {
      const defaulted = withDefaults(spec, {
        podSelector: {},
        policyTypes: (spec.egress ?? []).length > 0 ? ["Ingress", "Egress"] : ["Ingress"],
      });
      const ruled = withItems(defaulted, "ingress", (rule) => withItems(rule, "ports", withProtocol));
      return withItems(ruled, "egress", (rule) => withItems(rule, "ports", withProtocol));
    }),
  validate: ({ spec }) => [
    ...validateLabelSelector(spec.podSelector ?? {}, "spec.podSelector"),
    ...eachItem(spec.policyTypes, (type, index) => oneOf(`spec.policyTypes[${index}]`, type, ["Egress", "Ingress"])),
    ...eachItem(spec.ingress, (rule, index) => checkRule(`spec.ingress[${index}]`, "from", rule.ports, rule.from)),
    ...eachItem(spec.egress, (rule, index) => checkRule(`spec.egress[${index}]`, "to", rule.ports, rule.to)),
  ],
};

function withProtocol(port: NetworkPolicyPort): NetworkPolicyPort {
  return withDefaults(port, { protocol: "TCP" });
}

function checkRule(
  field: string,
  side: "from" | "to",
  ports: readonly NetworkPolicyPort[] | undefined,
  peers: readonly NetworkPolicyPeer[] | undefined,
): readonly FieldError[] {
  return [
    ...eachItem(ports, (port, index) => checkPolicyPort(port, `${field}.ports[${index}]`)),
    ...eachItem(peers, (peer, index) => checkPeer(peer, `${field}.${side}[${index}]`)),
  ];
}

function checkPolicyPort({ protocol, port, endPort }: NetworkPolicyPort, field: string): readonly FieldError[] {
  const findings: FieldError[] = [...oneOf(`${field}.protocol`, protocol, ["SCTP", "TCP", "UDP"])];
  if (typeof port === "number") findings.push(...portNumber(`${field}.port`, port));
  if (endPort === undefined) return findings;
  if (port === undefined)
    return [...findings, required(`${field}.port`, "must be specified when `endPort` is specified")];
  if (typeof port === "string")
    return [...findings, invalid(`${field}.port`, port, "may not be a named port when `endPort` is specified")];
  return endPort < port
    ? [...findings, invalid(`${field}.endPort`, endPort, "must be greater than or equal to `port`")]
    : [...findings, ...portNumber(`${field}.endPort`, endPort)];
}

function checkPeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  field: string,
): readonly FieldError[] {
  const selectors = [podSelector, namespaceSelector].filter((selector) => selector !== undefined).length;
  if (ipBlock === undefined) return selectors > 0 ? [] : [required(field, "must specify a peer")];
  if (selectors > 0) return [forbidden(field, "may not specify both ipBlock and another peer")];
  const cidr = parseCidr(ipBlock.cidr ?? "");
  if (cidr === undefined)
    return [
      invalid(`${field}.ipBlock.cidr`, ipBlock.cidr, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"),
    ];
  return eachItem(ipBlock.except, (text, index) => {
    const except = parseCidr(text);
    const path = `${field}.ipBlock.except[${index}]`;
    if (except === undefined)
      return [invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
    return except.bits > cidr.bits && networkContains(cidr, except.base)
      ? []
      : [invalid(path, text, `must be a strict subset of \`cidr\``)];
  });
}
