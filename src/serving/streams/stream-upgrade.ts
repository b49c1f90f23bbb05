import type { Pod } from "../../api/index.ts";
import { statusErrors } from "../../apimachinery/index.ts";
import type { ClusterState } from "../../apiserver/index.ts";
import type { Loop } from "../../sim/index.ts";
import { type CommandOptions, startCommand } from "./command.ts";
import { commandOverSpdy } from "./command-spdy.ts";
import { commandOverWebSocket } from "./command-websocket.ts";
import { webSocketResponder } from "./log-websocket.ts";
import type { NodeAgent } from "./node-agent.ts";
import { createPodConnections } from "./pod-connections.ts";
import { answerPodLog, isTrue } from "./pod-log.ts";
import { containerNamed, containerOf, nodeOf, podNamed } from "./pod-target.ts";
import { type ForwardTarget, forwardOverSpdy, forwardOverTunnel, TUNNEL_PROTOCOL } from "./port-forward-spdy.ts";
import { forwardOverChannels } from "./port-forward-websocket.ts";
import { upgradeThroughProxy } from "./proxy-upgrade.ts";
import type { StreamPath } from "./stream-path.ts";
import { offeredProtocols, refuseUpgrade, type Upgrade, upgradeKind } from "./upgrade.ts";

/** What exec, attach and port-forward of one cluster need. */
export type StreamContext = {
  readonly state: ClusterState;
  readonly loop: Loop;
  readonly agent: NodeAgent | undefined;
  /** One of so many endpoints. */
  readonly choose: (count: number) => number;
};

const TEXT = "text/plain; charset=utf-8";

/** Starts exec, attach or port-forward on a connection, or hands it on to a program. In an entry of the loop; throws the StatusError of what cannot be. */
export function openStream(context: StreamContext, path: StreamPath, upgrade: Upgrade): void {
  const { state, loop, agent } = context;
  if (path.subresource === "proxy") {
    upgradeThroughProxy(context, path, upgrade);
    return;
  }
  const kind = upgradeKind(upgrade.request);
  const isLog = path.subresource === "log";
  if (kind === undefined || (isLog && kind === "spdy")) throw statusErrors.badRequest("nothing here can be upgraded");
  const query = new URLSearchParams(path.search);
  if (isLog) {
    const { namespace, name } = path;
    answerPodLog(state, agent, { namespace, name, query }, webSocketResponder(upgrade, loop));
    return;
  }
  const pod = podNamed(state, path.namespace, path.name);
  if (path.subresource === "portforward") {
    const node = nodeOf(state, pod);
    const target = { loop, connections: createPodConnections(loop, agentOf(agent, node)), pod: podPlace(pod, node) };
    openForward(target, kind, query, upgrade);
    return;
  }
  const command = readCommand(pod, path, query);
  const containers = agentOf(agent, nodeOf(state, pod));
  if (!command.stdin && !command.stdout && !command.stderr)
    refuse(upgrade, 400, "you must specify at least 1 of stdin, stdout, stderr");
  else if (containers.attach(command.target) === undefined)
    refuse(upgrade, 500, `container not found (${JSON.stringify(command.target.container)})`);
  else {
    const over = kind === "spdy" ? commandOverSpdy : commandOverWebSocket;
    over(upgrade, command, { loop, start: (output) => startCommand(containers, command, output) });
  }
}

function agentOf(agent: NodeAgent | undefined, node: string): NodeAgent {
  if (agent === undefined) throw statusErrors.internal(`error dialing backend: nobody at node ${node}`);
  return agent;
}

/** As the kubelet says it: in plain words, which kubectl shows behind `unable to upgrade connection`. */
function refuse({ socket }: Upgrade, status: number, body: string): void {
  refuseUpgrade(socket, { status, contentType: TEXT, body });
}

function podPlace(pod: Pod, node: string): ForwardTarget["pod"] {
  const address = pod.status?.podIP;
  if (address === undefined || pod.status?.phase !== "Running")
    throw statusErrors.badRequest(`pod ${pod.metadata.name} is not running`);
  return { name: pod.metadata.name, uid: pod.metadata.uid ?? "", node, address };
}

function openForward(
  target: ForwardTarget,
  kind: "spdy" | "websocket",
  query: URLSearchParams,
  upgrade: Upgrade,
): void {
  if (kind === "spdy") forwardOverSpdy(upgrade, target);
  else if (offeredProtocols(upgrade.request, "sec-websocket-protocol").includes(TUNNEL_PROTOCOL))
    forwardOverTunnel(upgrade, target);
  else forwardOverChannels(upgrade, query, target);
}

function readCommand(pod: Pod, path: StreamPath, query: URLSearchParams): CommandOptions {
  const container = containerOf(pod, query.get("container") ?? "");
  const spec = containerNamed(pod, container);
  const isExec = path.subresource === "exec";
  const tty = isExec ? isTrue(query.get("tty")) : spec?.tty === true;
  return {
    target: { namespace: path.namespace, pod: path.name, container },
    ...(isExec ? { argv: query.getAll("command") } : {}),
    stdin: isTrue(query.get("stdin")),
    stdout: isTrue(query.get("stdout")),
    stderr: isTrue(query.get("stderr")) && !tty,
    tty,
    stdinOnce: spec?.stdinOnce === true,
  };
}
