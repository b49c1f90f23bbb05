export type { RemoteClient, RemoteClientOptions } from "./remote-client.ts";
export { remoteClient } from "./remote-client.ts";
