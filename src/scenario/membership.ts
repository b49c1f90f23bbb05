import { Cluster } from "../api/index.ts";
import type { ClusterClient, InformerFactory } from "../client/index.ts";
import type { MemberRegistry } from "../controller/index.ts";

/**
 * Which members are joined, by the Cluster objects of the host, and how to reach them. A Cluster without a way to reach it is
 * known to the host only.
 */
export function membershipOf(
  hostInformers: InformerFactory,
  doors: ReadonlyMap<string, ClusterClient>,
): MemberRegistry {
  const clusters = hostInformers.of(Cluster);
  const isJoined = (name: string): boolean => clusters.get(name) !== undefined;
  return {
    names: () => [...doors.keys()].filter(isJoined).sort(),
    client: (name) => (isJoined(name) ? doors.get(name) : undefined),
    observe: (observer) =>
      clusters.addHandler(({ before, after }) => {
        if (before === undefined || after === undefined) observer();
      }),
  };
}
