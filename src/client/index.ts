export type { ClusterClient, DiscoveredKind } from "./port.ts";
