import { EndpointSlice, Node, type Pod, Service } from "../../api/index.ts";
import { type StatusError, statusErrors } from "../../apimachinery/index.ts";
import type { ClusterState } from "../../apiserver/index.ts";
import { nodeOf, podNamed } from "./pod-target.ts";
import { parseProxyName, type StreamPath } from "./stream-path.ts";

/** Where a proxied request goes: an address, and the node it is sent from; or the kubelet of a node itself. */
export type ProxyLocation =
  | { readonly kind: "address"; readonly node: string; readonly address: string; readonly port: number }
  | { readonly kind: "kubelet"; readonly node: Node };

const KUBELET_PORT = 10_250;
const SERVICE_NAME = "kubernetes.io/service-name";
/** The slices kube-proxy reads are IPv4 or IPv6. */
const PROXYABLE = new Set(["IPv4", "IPv6"]);

/** Finds the target of a proxy subresource (`ResourceLocation` of pods, services and nodes). Throws a StatusError. */
export function proxyLocation(state: ClusterState, path: StreamPath, choose: (count: number) => number): ProxyLocation {
  const { name, port } = parseProxyName(path.name);
  if (path.resource === "pods") return podLocation(state, podNamed(state, path.namespace, name), port);
  if (path.resource === "nodes") return nodeLocation(state, name, port);
  return serviceLocation(state, { namespace: path.namespace, name, port }, choose);
}

function podLocation(state: ClusterState, pod: Pod, port: string): ProxyLocation {
  const address = pod.status?.podIP ?? "";
  if (address === "") throw statusErrors.badRequest("address not allowed");
  const declared = pod.spec.containers.find((container) => (container.ports ?? []).length > 0)?.ports?.[0];
  const number = port === "" ? (declared?.containerPort ?? 80) : Number(port);
  return { kind: "address", node: nodeOf(state, pod), address, port: portOf(number, port) };
}

function nodeLocation(state: ClusterState, name: string, port: string): ProxyLocation {
  const node = state.get(Node, name);
  if (node === undefined) throw statusErrors.notFound(Node, name);
  if (port === "" || port === String(KUBELET_PORT)) return { kind: "kubelet", node };
  const address = node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
  if (address === "") throw statusErrors.badRequest("address not allowed");
  return { kind: "address", node: name, address, port: portOf(Number(port), port) };
}

/** One of the ready endpoints of a port, which the client names, numbers, or leaves out when there is but one. */
function serviceLocation(
  state: ClusterState,
  asked: { readonly namespace: string; readonly name: string; readonly port: string },
  choose: (count: number) => number,
): ProxyLocation {
  const { namespace, name, port } = asked;
  const service = state.get(Service, name, namespace);
  if (service === undefined) throw statusErrors.notFound(Service, name);
  const ports = service.spec.ports ?? [];
  const wanted =
    port === "" && ports.length === 1
      ? ports[0]
      : ports.find((one) => (one.name ?? "") === port || String(one.port) === port);
  // An unnamed port of several cannot be asked for without its number.
  if (wanted === undefined)
    throw unavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`);
  const places = state
    .list(EndpointSlice, namespace)
    .filter((slice) => slice.metadata.labels?.[SERVICE_NAME] === name && PROXYABLE.has(slice.addressType))
    .flatMap((slice) => {
      const number = slice.ports?.find((one) => (one.name ?? "") === (wanted.name ?? ""))?.port;
      const ready = slice.endpoints.filter(({ conditions }) => conditions?.ready !== false);
      return number === undefined ? [] : ready.map((endpoint) => ({ endpoint, number }));
    });
  const place = places[places.length < 2 ? 0 : choose(places.length)];
  const address = place?.endpoint.addresses[0];
  if (place === undefined || address === undefined)
    throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return { kind: "address", node: place.endpoint.nodeName ?? "", address, port: place.number };
}

function portOf(port: number, text: string): number {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw statusErrors.badRequest(`invalid port ${JSON.stringify(text)}`);
}

function unavailable(message: string): StatusError {
  return statusErrors.unavailable(message);
}
