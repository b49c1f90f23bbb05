import { inProcessClient } from "../../../src/client/index.ts";
import { CONTRACT_HISTORY_LIMIT, clientPortContract } from "../../client/port-contract.ts";
import { ADMIN, fixture } from "../fixture.ts";

clientPortContract("a server in the same process", async () => {
  const { server, loop, settle } = fixture({ historyLimit: CONTRACT_HISTORY_LIMIT });
  return { client: inProcessClient(server, ADMIN, { loop }), settle: async () => settle(), close: async () => {} };
});
