import { type Container, Node, Pod } from "../../api/index.ts";
import { statusErrors } from "../../apimachinery/index.ts";
import type { ClusterState } from "../../apiserver/index.ts";

/** The pod of that name; throws NotFound. */
export function podNamed(state: ClusterState, namespace: string, name: string): Pod {
  const pod = state.get(Pod, name, namespace);
  if (pod === undefined) throw statusErrors.notFound(Pod, name);
  return pod;
}

/** The container a client asked for, or the only one (`pkg/registry/core/pod.validateContainer`). Throws BadRequest. */
export function containerOf(pod: Pod, asked: string): string {
  const { name } = pod.metadata;
  const { containers, initContainers = [] } = pod.spec;
  if (asked !== "") {
    if (allContainers(pod).some((container) => container.name === asked)) return asked;
    throw statusErrors.badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only, ...more] = containers;
  if (only === undefined) throw statusErrors.badRequest(`a container name must be specified for pod ${name}`);
  if (more.length === 0) return only.name;
  const names = (list: readonly Container[]): string => `[${list.map((container) => container.name).join(" ")}]`;
  const others = initContainers.length === 0 ? "" : ` or one of the init containers: ${names(initContainers)}`;
  throw statusErrors.badRequest(
    `a container name must be specified for pod ${name}, choose one of: ${names(containers)}${others}`,
  );
}

/** The container of that name in a pod's spec. */
export function containerNamed(pod: Pod, name: string): Container | undefined {
  return allContainers(pod).find((container) => container.name === name);
}

/** The node a pod runs on; throws when it has none, or the node is gone. */
export function nodeOf(state: ClusterState, pod: Pod): string {
  const { nodeName = "" } = pod.spec;
  if (nodeName === "") throw statusErrors.badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  if (state.get(Node, nodeName) === undefined) throw statusErrors.notFound(Node, nodeName);
  return nodeName;
}

function allContainers(pod: Pod): readonly Container[] {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  return [...containers, ...initContainers, ...ephemeralContainers];
}
