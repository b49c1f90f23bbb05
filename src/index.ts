export type { Applied, ClusterHandle, DigAnswer, ExecResult, FleetInput, HttpAnswer, KindRef, MemberHandle, WorldOptions } from "./scenario/index.ts";
export { World } from "./scenario/index.ts";
