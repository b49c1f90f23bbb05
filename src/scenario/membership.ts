import { Cluster } from "../api/index.ts";
import type { ClusterClient, InformerFactory } from "../client/index.ts";
import type { MemberRegistry } from "../controller/index.ts";
import type { JoinedClusters } from "./joined-clusters.ts";

/**
 * Which members are joined, by the Cluster objects of the host, and how to reach them: those of the fleet by its doors, others
 * as they joined. A Cluster without a way to reach it is known to the host only.
 */
export function membershipOf(
  hostInformers: InformerFactory,
  doors: ReadonlyMap<string, ClusterClient>,
  joined: JoinedClusters,
): MemberRegistry {
  const clusters = hostInformers.of(Cluster);
  const isJoined = (name: string): boolean => clusters.get(name) !== undefined;
  return {
    names: () => [...new Set([...doors.keys(), ...joined.names()])].filter(isJoined).sort(),
    client: (name) => (isJoined(name) ? (joined.get(name)?.client ?? doors.get(name)) : undefined),
    observe: (observer) => {
      const stops = [
        clusters.addHandler(({ before, after }) => {
          if (before === undefined || after === undefined) observer();
        }),
        joined.observe(observer),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
