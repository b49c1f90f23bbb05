export type { Connection } from "./credentials.ts";
export { forward } from "./forward.ts";
export { forwardUpgrade } from "./forward-upgrade.ts";
export type { RemoteClient, RemoteClientOptions } from "./remote-client.ts";
export { remoteClient } from "./remote-client.ts";
