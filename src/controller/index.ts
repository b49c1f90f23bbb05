export type { Change } from "../client/index.ts";
export type {
  AnyDefinition,
  ControllerDefinition,
  Key,
  ListQuery,
  MemberRead,
  MemberReader,
  Read,
  Reader,
  Snapshot,
} from "./definition.ts";
export { defineController, memberRead, read } from "./definition.ts";
export type { Intent, Outcome, Plan } from "./plan.ts";
export { NOTHING, plan } from "./plan.ts";
