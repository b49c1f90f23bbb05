import { labelValueErrors, qualifiedNameErrors } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { looseCidr, networkWarnings } from "../address-forms.ts";
import { withField, withoutField } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import {
  duplicate,
  eachEntry,
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  requiredOneOf,
} from "../validation.ts";
import { goStruct } from "./go-core-structs.ts";
import type { Node, Taint } from "./node.ts";
import { quantityOf } from "./resource-validation.ts";

/** What is particular to Nodes (`pkg/registry/core/node`). */
export const nodeStrategy: Strategy<Node> = {
  applyDefaults: withPodCidrs,
  prepareForCreate: withoutConfigSource,
  prepareForUpdate: withoutConfigSource,
  prepareStatus: withAllocatable,
  validate: (node, before) => [
    ...checkTaints(node, before),
    ...checkAmounts(node),
    ...(node.spec?.podCIDRs === before?.spec?.podCIDRs ? NOTHING : checkCidrs(node.spec?.podCIDRs ?? [])),
  ],
  validateUpdate: (after, before) => [
    ...checkAddresses(after),
    ...fixedOnceSet(after, before),
    ...checkTaints(after, before),
    ...(after.spec?.externalID === before.spec?.externalID
      ? NOTHING
      : [forbidden("spec.externalID", "may not be updated")]),
  ],
  warnings: ({ spec = {} }) => [
    ...(spec.externalID ? ["spec.externalID: this field is deprecated, and is unused by Kubernetes"] : []),
    ...(spec.podCIDRs ?? []).flatMap((cidr, index) => networkWarnings(`spec.podCIDRs[${index}]`, cidr)),
  ],
  validateStatus: (after, before) => [...checkAmounts(after), ...checkAddresses(after), ...fixedOnceSet(after, before)],
};

/** The first of a node's networks has a field of its own, which comes first where they differ. */
function withPodCidrs(node: Node): Node {
  const { podCIDR = "", podCIDRs = [] } = node.spec ?? {};
  const [first = ""] = podCIDRs;
  if (podCIDR === first) return node;
  const networks = podCIDR === "" ? { podCIDR: first } : { podCIDRs: [podCIDR] };
  return { ...node, spec: { ...node.spec, ...networks } };
}

/** Configuration of kubelets from the API is gone; the field is forgotten. */
function withoutConfigSource(node: Node): Node {
  return node.spec === undefined ? node : withField(node, "spec", withoutField(node.spec, "configSource"));
}

/** All a node has may be used, unless it says otherwise (`SetDefaults_NodeStatus`). */
function withAllocatable(node: Node): Node {
  const { capacity, allocatable } = node.status ?? {};
  return allocatable !== undefined || capacity === undefined
    ? node
    : { ...node, status: { ...node.status, allocatable: capacity } };
}

function checkTaints({ spec }: Node, before: Node | undefined): Findings {
  const { taints } = spec ?? {};
  return taints === undefined || taints === before?.spec?.taints ? NOTHING : validateTaints(taints, "metadata.taints");
}

/** Taints of a node: well formed, and one of each key and effect (`validateNodeTaints`). */
function validateTaints(taints: readonly Taint[], path: string): Findings {
  const seen = new Set<string>();
  return eachItem(taints, (taint, index) => {
    const field = `${path}[${index}]`;
    const { key = "", value = "", effect } = taint;
    const pair = `${effect} ${key}`;
    const isRepeated = seen.has(pair);
    seen.add(pair);
    const details = labelValueErrors(value);
    return [
      ...invalidFor(`${field}.key`, key, qualifiedNameErrors(key)),
      ...(details.length === 0 ? NOTHING : [invalid(`${field}.value`, value, details.join(";"))]),
      ...requiredOneOf(`${field}.effect`, effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"]),
      ...(isRepeated
        ? [{ ...duplicate(field, goStruct("Taint", taint)), detail: "taints must be unique by key and effect pair" }]
        : NOTHING),
    ];
  });
}

function checkAmounts({ status }: Node): Findings {
  return (["capacity", "allocatable"] as const).flatMap((list) =>
    eachEntry(status?.[list], (name, amount) => quantityOf(name, `status.${list}.${name}`, amount)),
  );
}

function checkCidrs(cidrs: readonly string[]): Findings {
  const families = cidrs.map((cidr) => looseCidr(cidr)?.base.family);
  return [
    ...eachItem(cidrs, (cidr, index) =>
      families[index] === undefined
        ? [invalid(`spec.podCIDRs[${index}]`, cidr, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")]
        : NOTHING,
    ),
    ...(cidrs.length > 2 || (cidrs.length === 2 && families[0] === families[1])
      ? [invalid("spec.podCIDRs", cidrs, "may specify no more than one CIDR for each IP family")]
      : NOTHING),
    ...eachItem(cidrs, (cidr, index) =>
      cidrs.indexOf(cidr) < index ? [duplicate(`spec.podCIDRs[${index}]`, cidr)] : NOTHING,
    ),
  ];
}

function checkAddresses({ status }: Node): Findings {
  const seen = new Set<string>();
  return eachItem(status?.addresses, (address, index) => {
    const key = `${address.type} ${address.address}`;
    if (seen.has(key)) return [duplicate(`status.addresses[${index}]`, goStruct("NodeAddress", address))];
    seen.add(key);
    return NOTHING;
  });
}

/** What a node is given once it keeps. */
function fixedOnceSet({ spec: after = {} }: Node, { spec: before = {} }: Node): Findings {
  const { podCIDRs = [], providerID = "" } = before;
  return [
    ...(podCIDRs.length > 0 && !deepEqual(podCIDRs, after.podCIDRs)
      ? [forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid')]
      : NOTHING),
    ...(providerID !== "" && providerID !== (after.providerID ?? "")
      ? [forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid')]
      : NOTHING),
  ];
}
