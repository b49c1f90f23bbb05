export type { IndexFunction } from "./indexer.ts";
export { Indexer } from "./indexer.ts";
export type { ClusterClient, DiscoveredKind } from "./port.ts";
