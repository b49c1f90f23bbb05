import { StatusError, statusErrors, type Unstructured } from "../apimachinery/index.ts";
import type { Attributes } from "./admission/attributes.ts";
import {
  type ConnectionOptions,
  decodeConnectionOptions,
  readConnectionOptions,
} from "./admission/connection-options.ts";
import type { Call, ServerCore } from "./core.ts";
import { type Answer, type ApiRequest, type User, withWarnings } from "./request.ts";
import { subresourcesOf } from "./subresources/served.ts";
import { serveToEnd } from "./suspended-requests.ts";
import { type Journal, repeatable, Suspended } from "./suspension.ts";

/** A request that is a connection to something else: exec, attach, port-forward or a proxy. */
export type Connection = {
  /** Which subresource of which object. */
  readonly request: ApiRequest;
  readonly user: User;
  /** What the connection's options are read from; of a proxy with the rest of the path as `path`. */
  readonly query: URLSearchParams;
};

/** How a connection is to be made, or why it is not. */
export type ConnectionAnswer = Answer<ConnectionOptions>;

/**
 * Asks admission about a connection (operation `CONNECT`, `handlers.ConnectResource`): before this returns, unless a webhook has
 * to be asked. Who may connect is settled before.
 */
export function admitConnection(
  core: ServerCore,
  connection: Connection,
  onAnswer: (answer: ConnectionAnswer) => void,
): void {
  serveToEnd<ConnectionOptions>(
    (journal) => attempt(core, connection, journal),
    () => core.state.newUid(),
    onAnswer,
  );
}

function attempt(
  core: ServerCore,
  { request, user, query }: Connection,
  journal: Journal | undefined,
): ConnectionAnswer | Suspended {
  const warnings: string[] = [];
  try {
    const resource = core.registry.lookup(request.kind);
    if (resource === undefined) throw statusErrors.noSuchPath();
    if (query.has("dryRun")) throw statusErrors.badRequest("dryRun is not supported");
    const repeated = journal === undefined ? { core } : { core: repeatable(core, journal), journal };
    const object = admitted({ ...repeated, resource, request, user, options: {}, warnings }, query);
    return withWarnings({ ok: true, code: 200, object }, warnings);
  } catch (error) {
    if (error instanceof StatusError) return withWarnings({ ok: false, status: error.status }, warnings);
    if (error instanceof Suspended) return error;
    throw error;
  }
}

function admitted(call: Call, query: URLSearchParams): ConnectionOptions {
  const { core, resource, request, user } = call;
  const { subresource = "", namespace = "", name = "" } = request;
  const served = subresourcesOf(resource).find((one) => one.name === subresource);
  if (served === undefined) throw statusErrors.noSuchPath();
  const options = readConnectionOptions(served.responseKind.kind, query);
  const attributes: Attributes = {
    operation: "CONNECT",
    resource,
    subresource,
    kind: served.responseKind,
    namespace,
    name,
    object: asObject(options),
    oldObject: undefined,
    user,
    dryRun: false,
    options: null,
  };
  const mutated = core.steps.mutateConnection(call, attributes) ?? attributes.object;
  const wanted = mutated === attributes.object ? options : decodeConnectionOptions(options.kind, mutated ?? {});
  core.steps.validateConnection(call, { ...attributes, object: asObject(wanted) });
  return wanted;
}

/** Options are no KubeObject to the letter: they have no metadata. */
function asObject(options: ConnectionOptions): Unstructured {
  return options as object as Unstructured;
}
