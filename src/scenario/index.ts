export type { FleetInput, FleetSpec, MemberSpec } from "./fleet.ts";
export { fleetOf, membersNamed } from "./fleet.ts";
export { readFleetFile } from "./fleet-file.ts";
export type { PlayEvent, PlayResult } from "./play.ts";
export { play } from "./play.ts";
export type { Scenario } from "./scenario-file.ts";
export { readScenarioFile } from "./scenario-file.ts";
export { serveFleet } from "./fleet-server.ts";
export { World } from "./world.ts";
