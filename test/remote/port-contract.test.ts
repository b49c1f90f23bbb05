import { CONTRACT_HISTORY_LIMIT, clientPortContract } from "../client/port-contract.ts";
import { servedCluster } from "./served-cluster.ts";

clientPortContract("a cluster over HTTPS", () => servedCluster({ historyLimit: CONTRACT_HISTORY_LIMIT }));
