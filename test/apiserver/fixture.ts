import { builtinDescriptors, Namespace } from "../../src/api/index.ts";
import type { KubeObject, ObjectList, Status, Unstructured } from "../../src/apimachinery/index.ts";
import {
  type Answer,
  type ApiRequest,
  ApiServer,
  type ApiServerOptions,
  namespaceLifecyclePlugin,
  type User,
  type WatchEvent,
  type WatchHandle,
} from "../../src/apiserver/index.ts";
import { Loop, Random, settle, Trace } from "../../src/sim/index.ts";

export const ADMIN: User = { name: "admin", groups: ["system:masters"] };
export const START_MS = Date.UTC(2030, 0, 1);

/** One API server alone on its loop, asked as the administrator. */
export type Fixture = {
  readonly loop: Loop;
  readonly server: ApiServer;
  readonly ask: (request: ApiRequest, user?: User) => Answer;
  /** The object of an answer that must be good. */
  readonly good: (request: ApiRequest, user?: User) => Unstructured;
  readonly listed: (request: ApiRequest) => ObjectList;
  /** The Status of an answer that must be a failure. */
  readonly bad: (request: ApiRequest, user?: User) => Status;
  readonly watch: (request: ApiRequest) => Watching;
  readonly settle: () => void;
};

type Watching = WatchHandle & { readonly events: WatchEvent[]; readonly told: () => string[]; ended: boolean };

export function fixture(options: Partial<ApiServerOptions> = {}): Fixture {
  const loop = new Loop({ startMs: START_MS, random: new Random(7), trace: new Trace() });
  const server = new ApiServer({
    cluster: "test",
    loop,
    descriptors: builtinDescriptors,
    version: { major: "1", minor: "34", gitVersion: "v1.34.0" },
    admission: [namespaceLifecyclePlugin],
    freeze: true,
    ...options,
  });
  const ask = (request: ApiRequest, user: User = ADMIN): Answer => server.answer(request, user);
  const good = (request: ApiRequest, user?: User): Unstructured => {
    const answer = ask(request, user);
    if (!answer.ok) throw new Error(`${request.verb} failed: ${answer.status.message}`);
    return answer.object;
  };
  const made: Fixture = {
    loop,
    server,
    ask,
    good,
    listed: (request) => good(request) as KubeObject as KubeObject & ObjectList,
    bad: (request, user) => {
      const answer = ask(request, user);
      if (answer.ok) throw new Error(`${request.verb} succeeded`);
      return answer.status;
    },
    watch: (request) => watching(server, request),
    settle: () => void settle(loop, { maxSteps: 100_000, maxVirtualMs: 1 }),
  };
  good({ verb: "create", kind: Namespace, object: object("v1", "Namespace", { name: "default" }) });
  return made;
}

function watching(server: ApiServer, request: ApiRequest): Watching {
  const events: WatchEvent[] = [];
  const state = { ended: false };
  const handle = server.watch(request, ADMIN, {
    onEvent: (event) => void events.push(event),
    onEnd: () => {
      state.ended = true;
    },
  });
  return {
    events,
    told: () => events.map(describeEvent),
    stop: () => handle.stop(),
    get ended() {
      return state.ended;
    },
  };
}

function describeEvent(event: WatchEvent): string {
  return event.type === "ERROR" ? `ERROR ${event.status.code}` : `${event.type} ${event.object.metadata.name}`;
}

export function object(
  apiVersion: string,
  kind: string,
  metadata: Partial<KubeObject["metadata"]>,
  fields: Readonly<Record<string, unknown>> = {},
): Unstructured {
  return { apiVersion, kind, metadata: { name: "", ...metadata }, ...fields };
}
