export type { Process, Program } from "./network/index.ts";
export type {
  Applied,
  ClusterHandle,
  DigAnswer,
  ExecResult,
  FleetInput,
  FleetServer,
  HttpAnswer,
  KindRef,
  MemberHandle,
  PodRef,
  ServeOptions,
  WorldOptions,
} from "./scenario/index.ts";
export { World } from "./scenario/index.ts";
