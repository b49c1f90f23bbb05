import { type ClusterClient, InformerFactory } from "../client/index.ts";
import type { Loop } from "../sim/index.ts";
import { ControllerLoop, type ControllerObserver } from "./controller-loop.ts";
import type { AnyDefinition } from "./definition.ts";
import { MemberCaches, type MemberRegistry } from "./member-caches.ts";

export type ControllersOptions = {
  readonly loop: Loop;
  /** The home cluster: read from by all controllers, and written to unless `writerOf` says otherwise. */
  readonly client: ClusterClient;
  readonly definitions: readonly AnyDefinition[];
  readonly members?: MemberRegistry;
  /** The client a controller writes home with, when controllers have users of their own. */
  readonly writerOf?: (controller: string) => ClusterClient;
  /** Keys of one controller worked on at once while clusters take their time to answer; Karmada's default is 5. */
  readonly workers?: number;
  /** The home cluster's caches, when others in the process share them; they are then left running at the end. */
  readonly informers?: InformerFactory;
  readonly observer?: ControllerObserver;
};

/** Controllers that run until stopped. */
export interface ControllerManager {
  /** The home cluster's caches. */
  readonly informers: InformerFactory;
  /** Has every controller look at all its primary objects again; in a world at rest nothing comes of it. */
  resync(): void;
  /** Ends at once: what is under way is not carried on. */
  stop(): void;
}

const WORKERS = 5;

/** Runs controllers: each begins once the kinds it declares have synced. */
export function startControllers(options: ControllersOptions): ControllerManager {
  const { loop, client, definitions, observer = {}, workers = WORKERS } = options;
  const home = options.informers ?? new InformerFactory(client, loop);
  const members = new MemberCaches(options.members, loop);
  const loops = definitions.map((definition) => {
    const writer = options.writerOf?.(definition.name) ?? client;
    return new ControllerLoop({ definition, loop, home, writer, members, workers, observer });
  });
  members.start();
  for (const controller of loops) controller.start();
  return {
    informers: home,
    resync: () => {
      for (const controller of loops) controller.resync();
    },
    stop: () => {
      for (const controller of loops) controller.stop();
      members.stop();
      if (options.informers === undefined) home.stop();
    },
  };
}
