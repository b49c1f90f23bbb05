import { addressOfBalancerHostname } from "../../algorithms/index.ts";
import { RCODE } from "../dns/message.ts";
import { emptyUpstream, type Upstream } from "../dns/upstream.ts";

const TTL_SECONDS = 60;

/** The world outside with the names that clouds give load balancers in it. */
export function withBalancerNames(upstream: Upstream | false | undefined): Upstream | false {
  if (upstream === false) return false;
  return ({ name, type }) => {
    const address = addressOfBalancerHostname(name);
    if (address === undefined) return (upstream ?? emptyUpstream)({ name, type });
    const answers = type === "A" ? [{ name, ttl: TTL_SECONDS, type: "A" as const, address }] : [];
    return { rcode: RCODE.NOERROR, answers };
  };
}
