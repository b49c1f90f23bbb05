import { Service, type ServicePort, type ServiceSpec } from "../../api/index.ts";
import {
  type FieldError,
  objectKey,
  parseObjectKey,
  statusErrors,
  type Unstructured,
} from "../../apimachinery/index.ts";
import type { RandomStream } from "../../sim/index.ts";
import type { AdmissionPlugin, AdmissionRequest, ClusterState } from "../admission.ts";
import { type AddressRange, addressNumber, addressRange, addressText, isInRange, staticBand } from "./address-range.ts";
import { AllocationBook } from "./allocation-book.ts";

const NODE_PORT_LOW = 30_000;
const NODE_PORT_HIGH = 32_767;
/** The Service that stands for the API server; the first address of a range is its alone. */
const API_SERVICE = "default/kubernetes";

export type ServiceAddressOptions = {
  /** The cluster's service-cluster-ip-range, IPv4. */
  readonly cidr: string;
  readonly random: RandomStream;
  readonly nodePorts?: { readonly low: number; readonly high: number };
};

/**
 * Gives the Services of one cluster their ClusterIPs and node ports. What is held is read from the store: at first all of it,
 * then, before each decision, the Services that were written or deleted since. So an allocation whose write came to nothing
 * (a dry run, a failed validation) is free again by the next decision.
 */
export function serviceAddressPlugin(options: ServiceAddressOptions): AdmissionPlugin {
  const allocator = new ServiceAddresses(options);
  return {
    name: "ServiceAddress",
    handles: (kind) => kind.group === Service.group && kind.plural === Service.plural,
    admit: (request, state) => (request.subresource === undefined ? allocator.admit(request, state) : request.object),
  };
}

type Held = { readonly addresses: readonly number[]; readonly ports: readonly number[] };

class ServiceAddresses {
  readonly #range: AddressRange;
  readonly #nodePorts: { readonly low: number; readonly high: number };
  readonly #addresses: AllocationBook;
  readonly #ports: AllocationBook;
  readonly #held = new Map<string, Held>();
  readonly #touched = new Set<string>();
  #isRead = false;

  constructor({ cidr, random, nodePorts = { low: NODE_PORT_LOW, high: NODE_PORT_HIGH } }: ServiceAddressOptions) {
    this.#range = addressRange(cidr);
    this.#nodePorts = nodePorts;
    const { base, size } = this.#range;
    this.#addresses = new AllocationBook({
      low: base + 1,
      high: base + size - 2,
      staticBand: staticBand(size, { least: 16, step: 16, most: 256 }),
      random,
    });
    this.#ports = new AllocationBook({
      ...nodePorts,
      staticBand: staticBand(nodePorts.high - nodePorts.low + 1, { least: 16, step: 32, most: 128 }),
      random,
    });
    this.#addresses.hold(base + 1, API_SERVICE);
  }

  admit(request: AdmissionRequest, state: ClusterState): Unstructured | undefined {
    this.#read(state);
    const key = objectKey({ namespace: request.namespace, name: request.name });
    this.#touched.add(key);
    const { object } = request;
    if (request.verb === "delete" || object === undefined) return object;
    const service = object as Unstructured & Service;
    const spec = this.#withNodePorts(key, service, this.#withClusterIp(key, service, service.spec));
    return spec === service.spec ? object : { ...object, spec };
  }

  /** Brings the books up to what the store says, for Services that may have changed. */
  #read(state: ClusterState): void {
    if (!this.#isRead) {
      this.#isRead = true;
      for (const service of state.list(Service)) this.#take(objectKey(service.metadata), heldBy(service.spec));
    }
    for (const key of this.#touched) {
      const { namespace, name } = parseObjectKey(key);
      const service = state.get(Service, name, namespace);
      this.#take(key, service === undefined ? { addresses: [], ports: [] } : heldBy(service.spec));
    }
    this.#touched.clear();
  }

  #take(key: string, held: Held): void {
    this.#release(key);
    for (const address of held.addresses) this.#addresses.hold(address, key);
    for (const port of held.ports) this.#ports.hold(port, key);
    if (held.addresses.length + held.ports.length === 0) this.#held.delete(key);
    else this.#held.set(key, held);
  }

  #release(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    for (const address of held.addresses) if (key !== API_SERVICE) this.#addresses.release(address, key);
    for (const port of held.ports) this.#ports.release(port, key);
  }

  /** Notes what a decision took, so that the next one gives it back if the write came to nothing. */
  #note(key: string, more: Partial<Held>): void {
    const { addresses, ports } = this.#held.get(key) ?? { addresses: [], ports: [] };
    this.#held.set(key, {
      addresses: [...addresses, ...(more.addresses ?? [])],
      ports: [...ports, ...(more.ports ?? [])],
    });
  }

  #withClusterIp(key: string, service: Service, spec: ServiceSpec): ServiceSpec {
    if (spec.type === "ExternalName" || spec.clusterIP === "None" || spec.clusterIPs?.[0] === "None") return spec;
    if (spec.ipFamilies?.includes("IPv6") === true)
      throw invalid(service, "spec.ipFamilies[0]", "IPv6", "not configured on this cluster");
    const wanted = spec.clusterIP || spec.clusterIPs?.[0];
    if (!wanted) return this.#drawClusterIp(key, spec);
    const number = addressNumber(wanted);
    if (number === undefined)
      throw invalid(
        service,
        "spec.clusterIPs[0]",
        wanted,
        "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
      );
    const refused = (why: string): Error =>
      invalid(service, "spec.clusterIPs", [wanted], `failed to allocate IP ${wanted}: ${why}`);
    const holder = this.#addresses.holderOf(number);
    if (holder !== undefined && holder !== key) throw refused("provided IP is already allocated");
    if (holder === key) return { ...spec, clusterIP: wanted, clusterIPs: spec.clusterIPs ?? [wanted] };
    if (!isInRange(this.#range, number))
      throw refused(
        `the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${this.#range.cidr}`,
      );
    this.#addresses.hold(number, key);
    this.#note(key, { addresses: [number] });
    return { ...spec, clusterIP: wanted, clusterIPs: [wanted] };
  }

  #drawClusterIp(key: string, spec: ServiceSpec): ServiceSpec {
    const number = key === API_SERVICE ? this.#range.base + 1 : this.#addresses.draw(key);
    if (number === undefined) throw statusErrors.internal("failed to allocate a serviceIP: range is full");
    this.#note(key, { addresses: [number] });
    const address = addressText(number);
    return { ...spec, clusterIP: address, clusterIPs: [address] };
  }

  #withNodePorts(key: string, service: Service, spec: ServiceSpec): ServiceSpec {
    if (!wantsNodePorts(spec)) return spec;
    const mine = new Map<number, ServicePort>();
    const ports = spec.ports?.map((port, index) => {
      const nodePort = this.#nodePort({ key, service, spec, port, index, mine });
      if (nodePort === undefined) return port;
      mine.set(nodePort, port);
      return nodePort === port.nodePort ? port : { ...port, nodePort };
    });
    const changed = ports?.some((port, index) => port !== spec.ports?.[index]) === true;
    return this.#withHealthCheckPort(key, changed && ports !== undefined ? { ...spec, ports } : spec);
  }

  #nodePort(request: {
    readonly key: string;
    readonly service: Service;
    readonly spec: ServiceSpec;
    readonly port: ServicePort;
    readonly index: number;
    readonly mine: ReadonlyMap<number, ServicePort>;
  }): number | undefined {
    const { key, service, spec, port, index, mine } = request;
    const wanted = port.nodePort ?? 0;
    if (wanted === 0) {
      if (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts === false) return undefined;
      // The same port over another protocol shares the number, as the allocator upstream arranges.
      const twin = [...mine].find(([, other]) => other.port === port.port && other.protocol !== port.protocol);
      return twin?.[0] ?? this.#drawPort(key);
    }
    const path = `spec.ports[${index}].nodePort`;
    const { low, high } = this.#nodePorts;
    if (wanted < low || wanted > high) {
      const detail = `provided port is not in the valid range. The range of valid ports is ${low}-${high}`;
      throw invalid(service, path, wanted, detail);
    }
    const holder = this.#ports.holderOf(wanted);
    const sameElsewhere = mine.get(wanted);
    if ((holder !== undefined && holder !== key) || sameElsewhere?.protocol === (port.protocol ?? "TCP"))
      throw invalid(service, path, wanted, "provided port is already allocated");
    if (holder === undefined) {
      this.#ports.hold(wanted, key);
      this.#note(key, { ports: [wanted] });
    }
    return wanted;
  }

  #drawPort(key: string): number {
    const number = this.#ports.draw(key);
    if (number === undefined) throw statusErrors.internal("failed to allocate a nodePort: range is full");
    this.#note(key, { ports: [number] });
    return number;
  }

  /** Load balancers that keep to local endpoints ask each node whether it has any, at this port. */
  #withHealthCheckPort(key: string, spec: ServiceSpec): ServiceSpec {
    const wants = spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
    if (!wants || (spec.healthCheckNodePort ?? 0) !== 0) return spec;
    return { ...spec, healthCheckNodePort: this.#drawPort(key) };
  }
}

function wantsNodePorts(spec: ServiceSpec): boolean {
  return spec.type === "NodePort" || spec.type === "LoadBalancer";
}

function heldBy(spec: ServiceSpec): Held {
  const addresses = (spec.clusterIPs ?? [spec.clusterIP ?? ""]).flatMap((text) => addressNumber(text) ?? []);
  const ports = [...(spec.ports ?? []).map((port) => port.nodePort ?? 0), spec.healthCheckNodePort ?? 0];
  return {
    addresses: spec.type === "ExternalName" ? [] : addresses,
    ports: wantsNodePorts(spec) ? ports.filter((port) => port !== 0) : [],
  };
}

function invalid(service: Service, field: string, value: unknown, detail: string): Error {
  const error: FieldError = { type: "FieldValueInvalid", field, value, detail };
  return statusErrors.invalid(Service, service.metadata.name, [error]);
}
