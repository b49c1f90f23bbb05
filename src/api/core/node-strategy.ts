import { labelValueErrors, qualifiedNameErrors } from "../../apimachinery/index.ts";
import { deepEqual, parseCidr } from "../../std/index.ts";
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
import type { Node, Taint } from "./node.ts";
import { quantityOf } from "./resource-validation.ts";

/** What is particular to Nodes (`pkg/registry/core/node`). */
export const nodeStrategy: Strategy<Node> = {
  validate: (node, before) => [
    ...(node.spec?.taints === undefined || node.spec.taints === before?.spec?.taints
      ? NOTHING
      : validateTaints(node.spec.taints, "metadata.taints")),
    ...checkAmounts(node),
    ...(before === undefined ? checkCidrs(node.spec?.podCIDRs ?? []) : NOTHING),
  ],
  validateUpdate: (after, before) => [...checkAddresses(after), ...fixedOnceSet(after, before)],
  validateStatus: (after, before) => [...checkAmounts(after), ...checkAddresses(after), ...fixedOnceSet(after, before)],
};

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
        ? [{ ...duplicate(field, taint), detail: "taints must be unique by key and effect pair" }]
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
  const families = cidrs.map((cidr) => parseCidr(cidr)?.base.family);
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
    if (seen.has(key)) return [duplicate(`status.addresses[${index}]`, address)];
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
