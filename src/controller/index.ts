export type { Change } from "../client/index.ts";
export type { ControllerObserver } from "./controller-loop.ts";
export type {
  AnyDefinition,
  ControllerDefinition,
  Key,
  ListQuery,
  MemberReader,
  Reader,
  Snapshot,
} from "./definition.ts";
export { defineController, memberRead, read } from "./definition.ts";
export { ensureChildren } from "./ensure-children.ts";
export type { MemberRegistry } from "./member-caches.ts";
export type { Intent, Outcome, Plan } from "./plan.ts";
export { later, NOTHING, plan } from "./plan.ts";
export type { ControllerManager, ControllersOptions } from "./runner.ts";
export { startControllers } from "./runner.ts";
