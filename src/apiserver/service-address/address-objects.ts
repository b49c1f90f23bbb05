import {
  type Condition,
  defaultServiceCidr,
  IPAddress,
  ipAddressOf,
  isAddressOf,
  type Service,
  ServiceCIDR,
} from "../../api/index.ts";
import { timestamp, type Unstructured } from "../../apimachinery/index.ts";
import type { ClusterState, Committed, OwnWrites } from "../admission.ts";
import { addressesOf } from "./held-numbers.ts";

/** Makes the range a cluster begins with, ready at once: nothing is served before it is. */
export function makeDefaultRange(cidr: string, state: ClusterState, own: OwnWrites): void {
  const ready: Condition = {
    type: "Ready",
    status: "True",
    reason: "",
    message: "Kubernetes default Service CIDR is ready",
    lastTransitionTime: timestamp(state.nowMs()),
  };
  const range: ServiceCIDR = { ...defaultServiceCidr(cidr), status: { conditions: [ready] } };
  own.create(ServiceCIDR, range);
}

/** Lets the IPAddresses of a Service come and go with its ClusterIPs (`pkg/registry/core/service/ipallocator`). */
export function keepIpAddresses(write: Committed, state: ClusterState, own: OwnWrites): void {
  const before = write.before as (Unstructured & Service) | undefined;
  const after = write.after as (Unstructured & Service) | undefined;
  const was = before === undefined ? [] : addressesOf(before.spec);
  const is = after === undefined ? [] : addressesOf(after.spec);
  for (const address of was) {
    if (before === undefined || is.includes(address)) continue;
    const object = state.get(IPAddress, address);
    if (object !== undefined && isAddressOf(object, before.metadata)) own.delete(IPAddress, address);
  }
  for (const address of is)
    if (after !== undefined && !was.includes(address) && state.get(IPAddress, address) === undefined)
      own.create(IPAddress, ipAddressOf(address, after.metadata));
}
