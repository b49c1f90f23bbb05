import { Node, Pod, Service } from "../../api/index.ts";
import { type Kind, type KubeObject, StatusError, statusErrors } from "../../apimachinery/index.ts";
import {
  type ApiRequest,
  type ApiServer,
  admitConnection,
  checkAccess,
  type HttpExchange,
  type HttpResponder,
  requestUser,
  type User,
  type Verb,
  warningHeaders,
} from "../../apiserver/index.ts";
import type { Loop } from "../../sim/index.ts";
import { connectionQuery, withConnectionOptions } from "./connection-query.ts";
import { answerProxy } from "./http-proxy.ts";
import type { NodeAgent } from "./node-agent.ts";
import { answerPodLog } from "./pod-log.ts";
import { nodeOf, podNamed } from "./pod-target.ts";
import { parseStreamPath, type StreamPath } from "./stream-path.ts";
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

/** What becomes of a request that asked to be let in. */
type Outcome = {
  readonly enter: (path: StreamPath, warnings: readonly string[]) => void;
  readonly refuse: (error: StatusError, warnings: readonly string[]) => void;
};

const VERBS: Readonly<Record<string, Verb>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };
const KINDS: Readonly<Record<StreamPath["resource"], Kind<KubeObject>>> = { pods: Pod, services: Service, nodes: Node };

/** Opens the streaming subresources of an API server, over the agent of its nodes. */
export function streamDoor(options: StreamDoorOptions): StreamDoor {
  return {
    handle: (exchange, responder) => {
      const path = parseStreamPath(exchange.path);
      if (path === undefined) return false;
      letIn(options.server, path, exchange, {
        enter: (admitted, warnings) => answer(options, admitted, exchange, warning(responder, warnings)),
        refuse: ({ status }, warnings) =>
          warning(responder, warnings).respond(
            status.code,
            { "content-type": "application/json" },
            JSON.stringify(status),
          ),
      });
      return true;
    },
    upgrade: (upgrade) => void open(options, upgrade),
  };
}

/** What speaks the other protocols is loaded with the first connection that wants one: few worlds ever see any. */
async function open({ server, loop, agent }: StreamDoorOptions, upgrade: Upgrade): Promise<void> {
  const { openStream } = await import("./stream-upgrade.ts");
  const { exchange, socket } = upgrade;
  loop.soon("https upgrade", () => {
    if (socket.destroyed) return;
    const path = parseStreamPath(exchange.path);
    if (path === undefined) {
      refuseWithStatus(socket, statusErrors.badRequest("nothing here can be upgraded").status);
      return;
    }
    letIn(server, path, exchange, {
      // The client may have gone while a webhook was asked.
      enter: (admitted) => {
        if (!socket.destroyed)
          openStream({ state: server.state, loop, agent, choose: chooser(server, loop) }, admitted, upgrade);
      },
      refuse: ({ status }, warnings) => {
        if (!socket.destroyed) refuseWithStatus(socket, status, warnings);
      },
    });
  });
}

/** Asks who may stream, and admission what it makes of a connection. To read a log is none. */
function letIn(server: ApiServer, path: StreamPath, exchange: HttpExchange, { enter, refuse }: Outcome): void {
  const { core } = server;
  const guarded = (warnings: readonly string[], step: () => void): void => {
    try {
      step();
    } catch (error) {
      refuse(statusErrorOf(error), warnings);
    }
  };
  guarded([], () => {
    const user = requestUser(core, exchange);
    const verb = VERBS[exchange.method] ?? "get";
    authorize(core, path, { user, verb });
    checkMethod(path, exchange.method);
    if (path.subresource === "log") {
      enter(path, []);
      return;
    }
    const { resource, namespace, name, subresource } = path;
    const place = resource === "nodes" ? { name } : { namespace, name };
    const request: ApiRequest = { verb, kind: KINDS[resource], ...place, subresource };
    admitConnection(core, { request, user, query: connectionQuery(path) }, (admitted) => {
      const { warnings = [] } = admitted;
      if (admitted.ok) guarded(warnings, () => enter(withConnectionOptions(path, admitted.object), warnings));
      else refuse(new StatusError(admitted.status), warnings);
    });
  });
}

function statusErrorOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return statusErrors.internal(error instanceof Error ? error.message : String(error));
}

/** A stream is a right of its own: `get` or `create` on `pods/exec`, by the method (`RequestInfoFactory`). */
function authorize(
  core: ApiServer["core"],
  { resource, namespace, name, subresource }: StreamPath,
  { user, verb }: { readonly user: User; readonly verb: Verb },
): void {
  checkAccess(core, {
    user,
    verb,
    group: "",
    version: "v1",
    resource,
    subresource,
    // Of a proxy with its scheme and port: a role names `https:web:443`.
    name,
    ...(resource === "nodes" ? {} : { namespace }),
  });
}

function checkMethod({ subresource }: StreamPath, method: string): void {
  if (subresource === "proxy" || method === "GET" || method === (subresource === "log" ? "HEAD" : "POST")) return;
  throw statusErrors.methodNotAllowed();
}

/** Adds warnings to whatever is answered. */
function warning(responder: HttpResponder, warnings: readonly string[]): HttpResponder {
  if (warnings.length === 0) return responder;
  const added = { warning: warningHeaders(warnings) };
  return {
    respond: (status, headers, body) => responder.respond(status, { ...headers, ...added }, body),
    startStream: (status, headers) => responder.startStream(status, { ...headers, ...added }),
  };
}

/** Chooses one of so many endpoints. */
function chooser({ cluster }: ApiServer, loop: Loop): (count: number) => number {
  const random = loop.random.stream(`proxy of ${cluster}`);
  return (count) => random.below(count);
}

function answer(options: StreamDoorOptions, path: StreamPath, exchange: HttpExchange, responder: HttpResponder): void {
  const { server, agent, loop } = options;
  const { state } = server;
  const { namespace, name, subresource } = path;
  if (subresource === "proxy") {
    answerProxy({ state, agent, choose: chooser(server, loop) }, path, exchange, responder);
  } else if (subresource === "log") {
    answerPodLog(state, agent, { namespace, name, query: new URLSearchParams(path.search) }, responder);
  } else {
    // The kubelet's words, for a request that is fine but for the missing upgrade.
    nodeOf(state, podNamed(state, namespace, name));
    const headers = { "content-type": "text/plain; charset=utf-8" };
    responder.respond(400, headers, "unable to upgrade: missing upgrade headers in request\n");
  }
}
