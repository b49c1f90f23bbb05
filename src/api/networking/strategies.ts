import { type FieldError, validateLabelSelector } from "../../apimachinery/index.ts";
import { networkContains } from "../../std/index.ts";
import { looseCidr, networkWarnings } from "../address-forms.ts";
import { loadBalancerWarnings } from "../core/service-warnings.ts";
import { withDefaults, withField, withItems, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import {
  eachItem,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  oneOf,
  portNameErrors,
  portNumber,
  required,
} from "../validation.ts";
import type { Ingress, IngressClass } from "./ingress.ts";
import { ingressWarnings, validateIngress, validateIngressClass, validateIngressStatus } from "./ingress-validation.ts";
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "./network-policy.ts";

/** What is particular to Ingresses (`pkg/registry/networking/ingress`). */
export const ingressStrategy: Strategy<Ingress> = {
  prepareForCreate: withStatus<Ingress>({ loadBalancer: {} }),
  validate: validateIngress,
  validateStatus: validateIngressStatus,
  warnings: ingressWarnings,
  statusWarnings: ({ status }) => loadBalancerWarnings(status?.loadBalancer?.ingress),
};

/** What is particular to IngressClasses: parameters are of the cluster unless said otherwise. */
export const ingressClassStrategy: Strategy<IngressClass> = {
  applyDefaults: (ingressClass) =>
    ingressClass.spec?.parameters === undefined
      ? ingressClass
      : withSpec(ingressClass, (spec) =>
          withField(spec, "parameters", withDefaults(spec.parameters as IngressParameters, { scope: "Cluster" })),
        ),
  validate: validateIngressClass,
};

type IngressParameters = NonNullable<NonNullable<IngressClass["spec"]>["parameters"]>;

/** A policy speaks of ingress, and of egress when it has rules for it (`pkg/apis/networking/validation`). */
export const networkPolicyStrategy: Strategy<NetworkPolicy> = {
  warnings: ({ spec }) => [
    ...(spec.ingress ?? []).flatMap(({ from }, index) => blockWarnings(from, `spec.ingress[${index}].from`)),
    ...(spec.egress ?? []).flatMap(({ to }, index) => blockWarnings(to, `spec.egress[${index}].to`)),
  ],
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
    ...checkPolicyTypes(spec.policyTypes ?? []),
    ...eachItem(spec.ingress, (rule, index) => checkRule(`spec.ingress[${index}]`, "from", rule.ports, rule.from)),
    ...eachItem(spec.egress, (rule, index) => checkRule(`spec.egress[${index}]`, "to", rule.ports, rule.to)),
  ],
};

function blockWarnings(peers: readonly NetworkPolicyPeer[] | undefined, field: string): readonly string[] {
  return (peers ?? []).flatMap(({ ipBlock }, index) => [
    ...(ipBlock === undefined ? [] : networkWarnings(`${field}[${index}].ipBlock.cidr`, ipBlock.cidr)),
    ...(ipBlock?.except ?? []).flatMap((text, place) =>
      networkWarnings(`${field}[${index}].ipBlock.except[${place}]`, text),
    ),
  ]);
}

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

/** Each way once; upstream does not look at more than two. */
function checkPolicyTypes(types: readonly string[]): readonly FieldError[] {
  if (types.length > 2) return [invalid("spec.policyTypes", types, "may not specify more than two policyTypes")];
  return eachItem(types, (type, index) => oneOf(`spec.policyTypes[${index}]`, type, ["Ingress", "Egress"]));
}

function checkPolicyPort({ protocol, port, endPort }: NetworkPolicyPort, field: string): readonly FieldError[] {
  const findings: FieldError[] = [...oneOf(`${field}.protocol`, protocol, ["TCP", "UDP", "SCTP"])];
  const notWith = (when: string): FieldError[] =>
    endPort === undefined
      ? []
      : [invalid(`${field}.endPort`, endPort, `may not be specified when \`port\` is ${when}`)];
  if (port === undefined) return [...findings, ...notWith("not specified")];
  if (typeof port === "string")
    return [...findings, ...notWith("non-numeric"), ...invalidFor(`${field}.port`, port, portNameErrors(port))];
  return [
    ...findings,
    ...portNumber(`${field}.port`, port),
    ...(endPort !== undefined && endPort < port
      ? [invalid(`${field}.endPort`, port, "must be greater than or equal to `port`")]
      : NOTHING),
    ...(endPort === undefined ? NOTHING : portNumber(`${field}.endPort`, endPort)),
  ];
}

function checkPeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  field: string,
): readonly FieldError[] {
  const selectors = [podSelector, namespaceSelector].filter((selector) => selector !== undefined).length;
  if (ipBlock === undefined)
    return selectors === 0
      ? [required(field, "must specify a peer")]
      : [
          ...(podSelector === undefined ? NOTHING : validateLabelSelector(podSelector, `${field}.podSelector`)),
          ...(namespaceSelector === undefined
            ? NOTHING
            : validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`)),
        ];
  if (selectors > 0) return [forbidden(field, "may not specify both ipBlock and another peer")];
  if (!ipBlock.cidr) return [required(`${field}.ipBlock.cidr`)];
  const cidr = looseCidr(ipBlock.cidr);
  if (cidr === undefined)
    return [
      invalid(`${field}.ipBlock.cidr`, ipBlock.cidr, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"),
    ];
  return eachItem(ipBlock.except, (text, index) => {
    const except = looseCidr(text);
    const path = `${field}.ipBlock.except[${index}]`;
    if (except === undefined)
      return [invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
    return except.bits > cidr.bits && networkContains(cidr, except.base)
      ? []
      : [invalid(path, text, `must be a strict subset of \`cidr\``)];
  });
}
