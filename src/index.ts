export type {
  Applied,
  ClusterHandle,
  DigAnswer,
  ExecResult,
  FleetInput,
  HttpAnswer,
  KindRef,
  MemberHandle,
  PodRef,
  WorldOptions,
} from "./scenario/index.ts";
export { World } from "./scenario/index.ts";
