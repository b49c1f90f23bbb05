import { formatLabelSelector } from "../../apimachinery/index.ts";
import { AGE, text } from "../columns.ts";
import { loadBalancerAddresses } from "../core/service-columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { ipAddressStrategy, serviceCidrStrategy } from "./address-strategies.ts";
import { IPAddress, ServiceCIDR } from "./addresses.ts";
import { Ingress, IngressClass } from "./ingress.ts";
import { NetworkPolicy } from "./network-policy.ts";
import { ingressClassStrategy, ingressStrategy, networkPolicyStrategy } from "./strategies.ts";

/** The kinds of the networking.k8s.io group. */
export const networkingResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: Ingress,
    strategy: ingressStrategy,
    singular: "ingress",
    shortNames: ["ing"],
    status: true,
    generation: true,
    columns: [
      text<Ingress>("Class", ({ spec }) => spec.ingressClassName ?? "<none>"),
      text<Ingress>("Hosts", hosts),
      text<Ingress>("Address", ({ status }) => loadBalancerAddresses(status?.loadBalancer?.ingress).join(",")),
      text<Ingress>("Ports", ({ spec }) => ((spec.tls ?? []).length === 0 ? "80" : "80, 443")),
      AGE,
    ],
  }),
  defineResource({
    kind: IngressClass,
    strategy: ingressClassStrategy,
    singular: "ingressclass",
    generation: true,
    columns: [
      text<IngressClass>("Controller", ({ spec }) => spec?.controller),
      text<IngressClass>("Parameters", ({ spec }) => {
        if (spec?.parameters === undefined) return "<none>";
        const { apiGroup, kind, name } = spec.parameters;
        return `${apiGroup === undefined ? kind : `${kind}.${apiGroup}`}/${name}`;
      }),
      AGE,
    ],
  }),
  defineResource({
    kind: NetworkPolicy,
    strategy: networkPolicyStrategy,
    singular: "networkpolicy",
    shortNames: ["netpol"],
    generation: true,
    columns: [text<NetworkPolicy>("Pod-Selector", ({ spec }) => formatLabelSelector(spec.podSelector)), AGE],
  }),
  defineResource({
    kind: ServiceCIDR,
    strategy: serviceCidrStrategy,
    singular: "servicecidr",
    status: true,
    columns: [text<ServiceCIDR>("CIDRs", ({ spec }) => spec.cidrs.join(",")), AGE],
    sinceMinor: 33,
  }),
  defineResource({
    kind: IPAddress,
    strategy: ipAddressStrategy,
    singular: "ipaddress",
    shortNames: ["ip"],
    columns: [text<IPAddress>("ParentRef", parentOf)],
    sinceMinor: 33,
  }),
];

function parentOf({ spec }: IPAddress): string {
  if (spec.parentRef === undefined) return "<none>";
  const { group = "", resource, namespace = "", name } = spec.parentRef;
  const kind = group === "" ? resource : `${resource}.${group}`;
  return [kind.toLowerCase(), ...(namespace === "" ? [] : [namespace]), name].join("/");
}

function hosts({ spec }: Ingress): string {
  const rules = spec.rules ?? [];
  const named = rules.flatMap((rule) => (rule.host ? [rule.host] : []));
  if (named.length === 0) return "*";
  const shown = named.slice(0, 3).join(",");
  return named.length > 3 ? `${shown} + ${rules.length - 3} more...` : shown;
}
