import { IPAddress, Service, ServiceCIDR, type ServiceSpec } from "../../api/index.ts";
import {
  type FieldError,
  isConditionTrue,
  objectKey,
  parseObjectKey,
  statusErrors,
  type Unstructured,
} from "../../apimachinery/index.ts";
import type { RandomStream } from "../../sim/index.ts";
import { canonicalIp, deepEqual, must, parseIp } from "../../std/index.ts";
import type { AdmissionPlugin, AdmissionRequest, ClusterState } from "../admission.ts";
import { keepIpAddresses, makeDefaultRange } from "./address-objects.ts";
import { canAllocate } from "./address-range.ts";
import { API_SERVICE, HeldNumbers, type Network } from "./held-numbers.ts";
import { keepsPreference, withIpFamilies } from "./ip-families.ts";
import { withNodePorts } from "./node-ports.ts";

const NODE_PORT_LOW = 30_000;
const NODE_PORT_HIGH = 32_767;

export type ServiceAddressOptions = {
  /** The cluster's service-cluster-ip-range: IPv4, or one network of each family with a comma between. */
  readonly cidr: string;
  readonly random: RandomStream;
  /** `--service-node-port-range`. */
  readonly nodePorts?: { readonly low: number; readonly high: number };
  /** Whether a load balancer may have ports of several protocols: since Kubernetes 1.24, and when absent. */
  readonly mixedProtocols?: boolean;
};

/**
 * Gives the Services of one cluster their ClusterIPs and node ports, and keeps an IPAddress for each ClusterIP. What is held is
 * read from the store: at first all of it, then, before each decision, the Services that were written or deleted since. So an
 * allocation whose write came to nothing (a failed validation) is free again by the next decision, and a server that starts
 * anew knows what its store says. Addresses come from the ServiceCIDRs that are ready; where none are kept (before 1.33),
 * from the configured ranges.
 */
export function serviceAddressPlugin(options: ServiceAddressOptions): AdmissionPlugin {
  const allocator = new ServiceAddresses(options);
  return {
    name: "ServiceAddress",
    handles: (kind) => kind.group === Service.group && kind.plural === Service.plural,
    admit: (request, state) => (request.subresource === undefined ? allocator.admit(request, state) : request.object),
    started: (state, own) => makeDefaultRange(options.cidr, state, own),
    committed: keepIpAddresses,
  };
}

/** One decision: whose, on what, and what the Service was before. */
type Case = {
  readonly key: string;
  readonly service: Service;
  readonly before: Service | undefined;
  readonly dryRun: boolean;
  readonly state: ClusterState;
};

class ServiceAddresses {
  readonly #nodePorts: { readonly low: number; readonly high: number };
  readonly #mixedProtocols: boolean;
  readonly #configured: readonly Network[];
  readonly #held: HeldNumbers;
  readonly #touched = new Set<string>();
  #isRead = false;

  constructor(options: ServiceAddressOptions) {
    this.#nodePorts = options.nodePorts ?? { low: NODE_PORT_LOW, high: NODE_PORT_HIGH };
    this.#mixedProtocols = options.mixedProtocols ?? true;
    this.#configured = options.cidr.split(",").map((cidr) => ({ cidr: cidr.trim(), ready: true }));
    this.#held = new HeldNumbers(this.#nodePorts, options.random);
    this.#held.setNetworks(this.#configured);
  }

  admit(request: AdmissionRequest, state: ClusterState): Unstructured | undefined {
    this.#read(state);
    const key = objectKey({ namespace: request.namespace, name: request.name });
    this.#touched.add(key);
    const { object, dryRun } = request;
    if (request.verb === "delete" || object === undefined) return object;
    const service = object as Unstructured & Service;
    const before = request.before as (Unstructured & Service) | undefined;
    const one: Case = { key, service, before, dryRun, state };
    this.#refuseMixedProtocols(one);
    const spec = this.#withHealthCheckPort(one, this.#withNodePorts(one, this.#withClusterIps(one, service.spec)));
    return spec === service.spec ? object : { ...object, spec };
  }

  /** Brings the books up to what the store says, for Services that may have changed. */
  #read(state: ClusterState): void {
    const kept = state.list(ServiceCIDR);
    this.#held.setNetworks(kept.length === 0 ? this.#configured : kept.flatMap(networksOf));
    if (!this.#isRead) {
      this.#isRead = true;
      for (const service of state.list(Service)) this.#held.record(objectKey(service.metadata), service.spec);
    }
    for (const key of this.#touched) {
      const { namespace, name } = parseObjectKey(key);
      this.#held.record(key, state.get(Service, name, namespace)?.spec);
    }
    this.#touched.clear();
  }

  #withClusterIps(one: Case, given: ServiceSpec): ServiceSpec {
    const before = one.before?.spec;
    const families = withIpFamilies(given, { configured: this.#held.families(), before });
    if (!families.ok) throw statusErrors.invalid(Service, one.service.metadata.name, families.errors);
    const { spec } = families;
    const asked = spec.clusterIPs ?? [];
    if (spec.type === "ExternalName" || asked[0] === "None" || keepsPreference(spec, before)) return spec;
    const wanted = spec.ipFamilies ?? [];
    const firstNew = before === undefined ? 0 : firstNewAddress(before, wanted.length);
    if (firstNew === undefined) return spec;
    const clusterIPs = wanted.map((family, index) => {
      const address = asked[index] ?? "";
      if (index < firstNew) return address;
      return address === "" ? this.#draw(one, family) : this.#claim(one, asked, index);
    });
    const kept = deepEqual(clusterIPs, spec.clusterIPs) && spec.clusterIP === clusterIPs[0];
    return kept ? spec : { ...spec, clusterIP: clusterIPs[0] ?? "", clusterIPs };
  }

  /** Takes the address a Service asks for. */
  #claim(one: Case, asked: readonly string[], index: number): string {
    const { key, service, state } = one;
    const wanted = asked[index] as string;
    const address = must(canonicalIp(wanted), "an address that was looked at");
    const holder = this.#held.holderOf(address);
    const refused = (why: string): Error =>
      invalid(service, "spec.clusterIPs", asked, `failed to allocate IP ${wanted}: ${why}`);
    const ranges = this.#held.ranges(parseIp(address)?.family ?? "IPv4");
    if (!ranges.some((range) => range.offsetOf(address) !== undefined))
      throw refused(
        state.list(ServiceCIDR).length > 0 && !one.dryRun
          ? "the provided network does not match the current range"
          : `the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${ranges[0]?.cidr ?? ""}`,
      );
    if (holder !== undefined || state.get(IPAddress, address) !== undefined)
      throw refused("provided IP is already allocated");
    if (!one.dryRun) this.#held.takeAddress(address, key);
    return wanted;
  }

  #draw({ key, dryRun, state }: Case, family: "IPv4" | "IPv6"): string {
    const [range] = this.#held.ranges(family);
    if (key === API_SERVICE && range !== undefined) return range.textAt(1);
    // Nobody looks for a free one only to show what a write would look like.
    if (dryRun && range !== undefined) return range.textAt(0);
    const address = this.#held.drawAddress(family, key, (one) => state.get(IPAddress, one) === undefined);
    if (address === undefined) throw statusErrors.internal("failed to allocate a serviceIP: range is full");
    return address;
  }

  #withNodePorts(one: Case, spec: ServiceSpec): ServiceSpec {
    const { service, before } = one;
    const outcome = withNodePorts(spec, before?.spec, {
      claim: (port, path) => {
        const why = this.#claimPort(one, port);
        if (why !== undefined) throw invalid(service, path, port, why);
      },
      draw: () => this.#drawPort(one, "failed to allocate a nodePort"),
    });
    if (outcome.duplicate !== undefined) throw statusErrors.plain(`duplicate nodePort: ${outcome.duplicate}`);
    return outcome.spec;
  }

  /** Takes a port nobody has; the text says why it cannot be had. */
  #claimPort({ key, dryRun }: Case, wanted: number): string | undefined {
    const { low, high } = this.#nodePorts;
    if (wanted < low || wanted > high)
      return `provided port is not in the valid range. The range of valid ports is ${low}-${high}`;
    if (this.#held.ports.holderOf(wanted) !== undefined) return "provided port is already allocated";
    if (!dryRun) this.#held.takePort(wanted, key);
    return undefined;
  }

  #drawPort({ key }: Case, what: string): number {
    const number = this.#held.drawPort(key);
    if (number === undefined) throw statusErrors.internal(`${what}: range is full`);
    return number;
  }

  /** Load balancers that keep to local endpoints ask each node whether it has any, at this port. */
  #withHealthCheckPort(one: Case, spec: ServiceSpec): ServiceSpec {
    if (!needsHealthCheck(spec) || (one.before !== undefined && needsHealthCheck(one.before.spec))) return spec;
    const wanted = spec.healthCheckNodePort ?? 0;
    if (wanted === 0)
      return { ...spec, healthCheckNodePort: this.#drawPort(one, "failed to allocate a HealthCheck NodePort 0") };
    const why = this.#claimPort(one, wanted);
    if (why !== undefined)
      throw statusErrors.internal(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`);
    return spec;
  }

  #refuseMixedProtocols({ service, before }: Case): void {
    const { spec } = service;
    if (this.#mixedProtocols || spec.type !== "LoadBalancer") return;
    const protocols = new Set((spec.ports ?? []).map(({ protocol }) => protocol));
    if (protocols.size < 2 || deepEqual(spec.ports, before?.spec.ports)) return;
    throw invalid(
      service,
      "spec.ports",
      spec.ports,
      "may not contain a mix of protocols when 'type' is 'LoadBalancer'",
    );
  }
}

/**
 * From which address on an update takes new ones: all when the Service had none, the second when it comes to two families. Any
 * other change of addresses is validation's to refuse (`updateClusterIPs`).
 */
function firstNewAddress(before: ServiceSpec, families: number): number | undefined {
  if (before.type === "ExternalName") return 0;
  if (before.clusterIPs?.[0] === "None") return undefined;
  return before.ipFamilies?.length === 1 && families === 2 ? 1 : undefined;
}

/** One that is going or not ready yet still counts for what is held, but gives nothing out. */
function networksOf({ spec, status, metadata }: ServiceCIDR): readonly Network[] {
  const ready = metadata.deletionTimestamp === undefined && isConditionTrue(status?.conditions, "Ready");
  return spec.cidrs.filter(canAllocate).map((cidr) => ({ cidr, ready }));
}

function needsHealthCheck({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === "LoadBalancer" && externalTrafficPolicy === "Local";
}

function invalid(service: Service, field: string, value: unknown, detail: string): Error {
  const error: FieldError = { type: "FieldValueInvalid", field, value, detail };
  return statusErrors.invalid(Service, service.metadata.name, [error]);
}
