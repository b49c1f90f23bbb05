import { failure, StatusError, statusErrors } from "../../apimachinery/index.ts";
import {
  type ApiServer,
  checkAccess,
  type HttpExchange,
  type HttpResponder,
  requestUser,
} from "../../apiserver/index.ts";
import type { Loop } from "../../sim/index.ts";
import { answerProxy } from "./http-proxy.ts";
import type { NodeAgent } from "./node-agent.ts";
import { answerPodLog } from "./pod-log.ts";
import { nodeOf, podNamed } from "./pod-target.ts";
import { parseProxyName, parseStreamPath, type StreamPath } from "./stream-path.ts";
import { refuseWithStatus, type Upgrade } from "./upgrade.ts";

export type StreamDoorOptions = {
  readonly server: ApiServer;
  readonly loop: Loop;
  /** Absent where no nodes are: at a host. */
  readonly agent: NodeAgent | undefined;
};

/** The streaming subresources of one API server: log, exec, attach, port-forward and the proxies. */
export interface StreamDoor {
  /** Answers a request for one of them, in an entry of the loop; false for any other request. */
  handle(exchange: HttpExchange, responder: HttpResponder): boolean;
  /** Takes over a connection that is to speak another protocol; anything else it asks for is refused. */
  upgrade(upgrade: Upgrade): void;
}

const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

/** Opens the streaming subresources of an API server, over the agent of its nodes. */
export function streamDoor(options: StreamDoorOptions): StreamDoor {
  return {
    handle: (exchange, responder) => {
      const path = parseStreamPath(exchange.path);
      if (path === undefined) return false;
      try {
        authorize(options.server, path, exchange);
        answer(options, path, exchange, responder);
      } catch (error) {
        const { status } = statusErrorOf(error);
        responder.respond(status.code, { "content-type": "application/json" }, JSON.stringify(status));
      }
      return true;
    },
    upgrade: (upgrade) => void open(options, upgrade),
  };
}

/** What speaks the other protocols is loaded with the first connection that wants one: few worlds ever see any. */
async function open({ server, loop, agent }: StreamDoorOptions, upgrade: Upgrade): Promise<void> {
  const { openStream } = await import("./stream-upgrade.ts");
  loop.soon("https upgrade", () => {
    if (upgrade.socket.destroyed) return;
    try {
      const path = parseStreamPath(upgrade.exchange.path);
      if (path === undefined) throw statusErrors.badRequest("nothing here can be upgraded");
      authorize(server, path, upgrade.exchange);
      openStream({ state: server.state, loop, agent }, path, upgrade);
    } catch (error) {
      refuseWithStatus(upgrade.socket, statusErrorOf(error).status);
    }
  });
}

function statusErrorOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return statusErrors.internal(error instanceof Error ? error.message : String(error));
}

/** A stream is a right of its own: `get` or `create` on `pods/exec`, by the method (`RequestInfoFactory`). */
function authorize({ core }: ApiServer, path: StreamPath, exchange: HttpExchange): void {
  const { resource, namespace, name, subresource } = path;
  checkAccess(core, {
    user: requestUser(core, exchange),
    verb: VERBS[exchange.method] ?? "get",
    group: "",
    version: "v1",
    resource,
    subresource,
    name: subresource === "proxy" ? parseProxyName(name).name : name,
    ...(resource === "nodes" ? {} : { namespace }),
  });
}

function answer(options: StreamDoorOptions, path: StreamPath, exchange: HttpExchange, responder: HttpResponder): void {
  const { server, agent, loop } = options;
  const { state } = server;
  const { namespace, name, subresource } = path;
  if (subresource === "proxy") {
    const random = loop.random.stream(`proxy of ${server.cluster}`);
    answerProxy({ state, agent, choose: (count) => random.below(count) }, path, exchange, responder);
  } else if (subresource === "log") {
    if (exchange.method !== "GET" && exchange.method !== "HEAD") throw new StatusError(notAllowed());
    answerPodLog(state, agent, { namespace, name, query: new URLSearchParams(path.search) }, responder);
  } else {
    // The kubelet's words, for a request that is fine but for the missing upgrade.
    nodeOf(state, podNamed(state, namespace, name));
    const headers = { "content-type": "text/plain; charset=utf-8" };
    responder.respond(400, headers, "unable to upgrade: missing upgrade headers in request\n");
  }
}

function notAllowed(): ReturnType<typeof failure> {
  return failure("MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}
