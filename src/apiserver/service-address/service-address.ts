import { Service, type ServicePort, type ServiceSpec } from "../../api/index.ts";
import {
  type FieldError,
  objectKey,
  parseObjectKey,
  statusErrors,
  type Unstructured,
} from "../../apimachinery/index.ts";
import type { RandomStream } from "../../sim/index.ts";
import { deepEqual, parseIp } from "../../std/index.ts";
import type { AdmissionPlugin, AdmissionRequest, ClusterState } from "../admission.ts";
import { addressRange } from "./address-range.ts";
import { API_SERVICE, HeldNumbers } from "./held-numbers.ts";
import { withIpFamilies } from "./ip-families.ts";

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
 * Gives the Services of one cluster their ClusterIPs and node ports. What is held is read from the store: at first all of it,
 * then, before each decision, the Services that were written or deleted since. So an allocation whose write came to nothing
 * (a dry run, a failed validation) is free again by the next decision, and a server that starts anew knows what its store says.
 */
export function serviceAddressPlugin(options: ServiceAddressOptions): AdmissionPlugin {
  const allocator = new ServiceAddresses(options);
  return {
    name: "ServiceAddress",
    handles: (kind) => kind.group === Service.group && kind.plural === Service.plural,
    admit: (request, state) => (request.subresource === undefined ? allocator.admit(request, state) : request.object),
  };
}

/** One decision: whose, on what, and what the Service was before. */
type Case = { readonly key: string; readonly service: Service; readonly before: Service | undefined };

class ServiceAddresses {
  readonly #nodePorts: { readonly low: number; readonly high: number };
  readonly #mixedProtocols: boolean;
  readonly #held: HeldNumbers;
  readonly #touched = new Set<string>();
  #isRead = false;

  constructor(options: ServiceAddressOptions) {
    this.#nodePorts = options.nodePorts ?? { low: NODE_PORT_LOW, high: NODE_PORT_HIGH };
    this.#mixedProtocols = options.mixedProtocols ?? true;
    const ranges = options.cidr.split(",").map((cidr) => addressRange(cidr.trim()));
    this.#held = new HeldNumbers(ranges, this.#nodePorts, options.random);
  }

  admit(request: AdmissionRequest, state: ClusterState): Unstructured | undefined {
    this.#read(state);
    const key = objectKey({ namespace: request.namespace, name: request.name });
    this.#touched.add(key);
    const { object } = request;
    if (request.verb === "delete" || object === undefined) return object;
    const service = object as Unstructured & Service;
    const one: Case = { key, service, before: request.before as (Unstructured & Service) | undefined };
    this.#refuseMixedProtocols(one);
    const spec = this.#withHealthCheckPort(one, this.#withNodePorts(one, this.#withClusterIps(one, service.spec)));
    return spec === service.spec ? object : { ...object, spec };
  }

  /** Brings the books up to what the store says, for Services that may have changed. */
  #read(state: ClusterState): void {
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
    const families = withIpFamilies(
      given,
      this.#held.ranges.map(({ family }) => family),
    );
    if (!families.ok) throw statusErrors.invalid(Service, one.service.metadata.name, families.errors);
    const { spec } = families;
    if (spec.type === "ExternalName") return spec;
    const asked = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
    if (spec.clusterIP === "None" || asked[0] === "None")
      return asked.length > 0 && spec.clusterIPs !== undefined
        ? spec
        : { ...spec, clusterIP: "None", clusterIPs: ["None"] };
    // What has a wrong form is left to validation, which knows to say so.
    const count = Math.max(spec.ipFamilies?.length ?? 1, spec.ipFamilyPolicy === "SingleStack" ? 0 : asked.length);
    const clusterIPs = Array.from({ length: count }, (_unused, index) =>
      asked[index] ? this.#claim(one, asked, index) : this.#draw(one.key, spec.ipFamilies?.[index] ?? "IPv4"),
    );
    const kept = deepEqual(clusterIPs, spec.clusterIPs) && spec.clusterIP === clusterIPs[0];
    return kept ? spec : { ...spec, clusterIP: clusterIPs[0] ?? "", clusterIPs };
  }

  /** Takes the address a Service asks for; its own it has already. */
  #claim({ key, service }: Case, asked: readonly string[], index: number): string {
    const wanted = asked[index] as string;
    const ip = parseIp(wanted);
    if (ip === undefined) {
      const detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
      throw invalid(service, `spec.clusterIPs[${index}]`, wanted, detail);
    }
    const refused = (why: string): Error =>
      invalid(service, "spec.clusterIPs", asked, `failed to allocate IP ${wanted}: ${why}`);
    const place = this.#held.ranges.findIndex(({ family }) => family === ip.family);
    const range = this.#held.ranges[place];
    const offset = range?.offsetOf(wanted);
    if (range === undefined || offset === undefined)
      throw refused(
        `the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${range?.cidr ?? ""}`,
      );
    const holder = this.#held.addresses[place]?.holderOf(offset);
    if (holder !== undefined && holder !== key) throw refused("provided IP is already allocated");
    if (holder === undefined) {
      this.#held.addresses[place]?.hold(offset, key);
      this.#held.note(key, { offsets: [[place, offset]] });
    }
    return wanted;
  }

  #draw(key: string, family: "IPv4" | "IPv6"): string {
    const place = this.#held.ranges.findIndex((range) => range.family === family);
    const book = this.#held.addresses[place];
    const offset = key === API_SERVICE ? 1 : book?.draw(key);
    if (offset === undefined) throw statusErrors.internal("failed to allocate a serviceIP: range is full");
    this.#held.note(key, { offsets: [[place, offset]] });
    return this.#held.ranges[place]?.textAt(offset) ?? "";
  }

  #withNodePorts(one: Case, spec: ServiceSpec): ServiceSpec {
    if (!wantsNodePorts(spec)) return spec;
    const mine = new Map<number, ServicePort>();
    const ports = spec.ports?.map((port, index) => {
      const nodePort = this.#nodePort(one, { spec, port, index, mine });
      if (nodePort === undefined) return port;
      mine.set(nodePort, port);
      return nodePort === port.nodePort ? port : { ...port, nodePort };
    });
    const changed = ports?.some((port, index) => port !== spec.ports?.[index]) === true;
    return changed && ports !== undefined ? { ...spec, ports } : spec;
  }

  #nodePort(
    { key, service }: Case,
    request: {
      readonly spec: ServiceSpec;
      readonly port: ServicePort;
      readonly index: number;
      readonly mine: ReadonlyMap<number, ServicePort>;
    },
  ): number | undefined {
    const { spec, port, index, mine } = request;
    const wanted = port.nodePort ?? 0;
    if (wanted === 0) {
      if (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts === false) return undefined;
      // The same port over another protocol shares the number, as the allocator upstream arranges.
      const twin = [...mine].find(([, other]) => other.port === port.port && other.protocol !== port.protocol);
      return twin?.[0] ?? this.#drawPort(key);
    }
    const path = `spec.ports[${index}].nodePort`;
    // Two ports of one Service may share a number over two protocols; over one, validation calls them duplicates.
    if (mine.has(wanted)) return wanted;
    this.#claimPort({ key, service, path }, wanted);
    return wanted;
  }

  #claimPort(
    { key, service, path }: { readonly key: string; readonly service: Service; readonly path: string },
    wanted: number,
  ): void {
    const { low, high } = this.#nodePorts;
    if (wanted < low || wanted > high) {
      const detail = `provided port is not in the valid range. The range of valid ports is ${low}-${high}`;
      throw invalid(service, path, wanted, detail);
    }
    const holder = this.#held.ports.holderOf(wanted);
    if (holder !== undefined && holder !== key)
      throw invalid(service, path, wanted, "provided port is already allocated");
    if (holder !== undefined) return;
    this.#held.ports.hold(wanted, key);
    this.#held.note(key, { ports: [wanted] });
  }

  #drawPort(key: string): number {
    const number = this.#held.ports.draw(key);
    if (number === undefined) throw statusErrors.internal("failed to allocate a nodePort: range is full");
    this.#held.note(key, { ports: [number] });
    return number;
  }

  /** Load balancers that keep to local endpoints ask each node whether it has any, at this port. */
  #withHealthCheckPort({ key, service }: Case, spec: ServiceSpec): ServiceSpec {
    if (spec.type !== "LoadBalancer" || spec.externalTrafficPolicy !== "Local") return spec;
    const wanted = spec.healthCheckNodePort ?? 0;
    if (wanted === 0) return { ...spec, healthCheckNodePort: this.#drawPort(key) };
    this.#claimPort({ key, service, path: "spec.healthCheckNodePort" }, wanted);
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

function wantsNodePorts(spec: ServiceSpec): boolean {
  return spec.type === "NodePort" || spec.type === "LoadBalancer";
}

function invalid(service: Service, field: string, value: unknown, detail: string): Error {
  const error: FieldError = { type: "FieldValueInvalid", field, value, detail };
  return statusErrors.invalid(Service, service.metadata.name, [error]);
}
