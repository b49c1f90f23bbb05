import { Agent } from "node:https";
import { StatusError } from "../apimachinery/index.ts";
import {
  type ApiServer,
  type ForeignCaller,
  type ForeignServer,
  foreignUrl,
  type HttpExchange,
  handedOn,
  isForeign,
  requestUser,
} from "../apiserver/index.ts";
import { goErrorText, type Network } from "../network/index.ts";
import { type Connection, forward, forwardUpgrade } from "../remote/index.ts";
import {
  certificateProblem,
  type KeyPairPem,
  messageHeaders,
  postErrorText,
  refuseUpgrade,
  refuseWithStatus,
  type Upgrade,
} from "../serving/index.ts";
import type { Loop } from "../sim/index.ts";
import { bytesOfText, textOfBytes } from "../std/index.ts";

export type ForeignCallerOptions = {
  readonly loop: Loop;
  /** Where Services of simulated clusters are; those of others have no address that could be dialed. */
  readonly network?: Network;
  /** Shown to other servers, which believe what its holder says about users. */
  readonly identity?: KeyPairPem | undefined;
};

const USER_AGENT = { "user-agent": "kube-aggregator" } as const;

/**
 * Calls the servers of APIServices: those behind a Service that stands for an external name over HTTPS, those behind other Services
 * through the network of their cluster.
 */
export function foreignCaller({ loop, network, identity }: ForeignCallerOptions): ForeignCaller {
  const agents = new Map<string, Agent>();
  return {
    call: (server, exchange, { responder, onError, timeoutMs }) => {
      const why = `${server.cluster} ${exchange.method} ${exchange.path}`;
      if (server.service.externalName !== undefined) {
        const connect = (): Promise<Connection> => Promise.resolve(connectionTo(server, agents, identity));
        const fail = (error: unknown): void => onError(errorText(error));
        forward({ loop, why, connect, onError: fail, timeoutMs }, exchange, responder);
      } else if (network === undefined)
        loop.soon(why, () => onError(`dial tcp ${hostOf(server)}: connect: network is unreachable`));
      else throughNetwork(network, { server, exchange }, { responder, onError, timeoutMs });
    },
  };
}

type Answer = Parameters<ForeignCaller["call"]>[2];

/** Programs of simulated pods know whole messages. */
function throughNetwork(
  network: Network,
  { server, exchange }: { readonly server: ForeignServer; readonly exchange: HttpExchange },
  { responder, onError, timeoutMs }: Answer,
): void {
  const { method, path, body } = exchange;
  const url = foreignUrl(server, path);
  const { caBundle, insecure, service } = server;
  const name = `${service.name}.${service.namespace}.svc`;
  const distrust = insecure
    ? undefined
    : (shown: string) => certificateProblem(shown, { caBundle, name, nowMs: Date.now() });
  const options = { method, headers: messageHeaders(exchange.headers), body: textOfBytes(body), timeoutMs, distrust };
  network.request({ cluster: server.cluster }, url, options, (result) => {
    if (result.ok) {
      const { status, headers, body: text } = result.response;
      responder.respond(status, messageHeaders(headers), bytesOfText(text));
    } else onError(goErrorText(method, url, result.failure).replace(/^\w+ "[^"]*": /, ""));
  });
}

/** Hands a connection that is to speak another protocol on; false when the request is this server's own. */
export function foreignUpgrade({ core }: ApiServer, upgrade: Upgrade, identity: KeyPairPem | undefined): boolean {
  if (!isForeign(core, upgrade.exchange.path)) return false;
  core.loop.soon("upgrade at another server", () => {
    try {
      const exchange = { ...upgrade.exchange, user: requestUser(core, upgrade.exchange) };
      const handed = handedOn(core, exchange);
      if (typeof handed !== "object" || handed.server.service.externalName === undefined)
        refuseUpgrade(upgrade.socket, { status: 503, contentType: "text/plain; charset=utf-8", body: UNAVAILABLE });
      else {
        const connection = connectionTo(handed.server, new Map(), identity);
        forwardUpgrade(() => Promise.resolve(connection), { ...upgrade, exchange: handed.exchange });
      }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      refuseWithStatus(upgrade.socket, error.status);
    }
  });
  return true;
}

const UNAVAILABLE = "service unavailable\n";

function connectionTo(server: ForeignServer, agents: Map<string, Agent>, identity: KeyPairPem | undefined): Connection {
  const { caBundle, insecure } = server;
  const { name, namespace } = server.service;
  const key = JSON.stringify(server);
  const agent =
    agents.get(key) ??
    new Agent({
      keepAlive: true,
      // A server is known by its Service's name, whatever it is reached by.
      servername: `${name}.${namespace}.svc`,
      rejectUnauthorized: !insecure,
      ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.privateKey }),
      ...(caBundle === undefined ? {} : { ca: Buffer.from(caBundle, "base64").toString() }),
    });
  agents.set(key, agent);
  return { server: new URL(foreignUrl(server, "")), headers: USER_AGENT, agent };
}

function hostOf(server: ForeignServer): string {
  return new URL(foreignUrl(server, "")).host;
}

function errorText(error: unknown): string {
  const isLate = error instanceof Error && error.name === "TimeoutError";
  return isLate
    ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    : postErrorText(error, false);
}
