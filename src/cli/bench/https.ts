import type { Figure, Measure } from "./measure.ts";
import { type Call, RawConnection, type Target } from "./raw-https.ts";
import { whileServed } from "./served.ts";

const CONNECTIONS = 32;
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

/** Requests per second over 32 keep-alive connections, the server on a core of its own. */
export const https: Measure = {
  name: "https",
  run: async ({ quick }) => {
    const count = quick ? 1000 : 5000;
    return whileServed((host) => measure(host, count));
  },
};

async function measure(target: Target, count: number): Promise<readonly Figure[]> {
  const name = (index: number): string => `item-${index}`;
  const rates: (readonly [string, number, number, (index: number) => Call])[] = [
    [
      "create",
      count,
      4000,
      (index) => ({
        method: "POST",
        path: CONFIG_MAPS,
        body: JSON.stringify(configMap(name(index))),
        type: "application/json",
      }),
    ],
    ["get", count, 8000, (index) => ({ method: "GET", path: `${CONFIG_MAPS}/${name(index)}` })],
    [
      "merge patch",
      count,
      3000,
      (index) => ({
        method: "PATCH",
        path: `${CONFIG_MAPS}/${name(index)}`,
        body: `{"data":{"key":"changed ${index}"}}`,
        type: "application/merge-patch+json",
      }),
    ],
    [
      "server-side apply",
      count,
      2500,
      (index) => ({
        method: "PATCH",
        path: `${CONFIG_MAPS}/${name(index)}?fieldManager=bench&force=true`,
        body: JSON.stringify(configMap(name(index), `applied ${index}`)),
        type: "application/apply-patch+yaml",
      }),
    ],
    ["list, limit 500", Math.ceil(count / 10), 500, () => ({ method: "GET", path: `${CONFIG_MAPS}?limit=500` })],
    [`list of ${count}`, Math.ceil(count / 50), 60, () => ({ method: "GET", path: CONFIG_MAPS })],
    ["delete", count, 4000, (index) => ({ method: "DELETE", path: `${CONFIG_MAPS}/${name(index)}` })],
  ];
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => RawConnection.open(target)));
  const figures: Figure[] = [];
  for (const [what, total, floor, call] of rates)
    figures.push({
      name: `HTTPS ${what}`,
      value: await rate(connections, total, call),
      unit: "requests/s",
      floor: { atLeast: floor },
    });
  for (const connection of connections) connection.close();
  return figures;
}

async function rate(
  connections: readonly RawConnection[],
  total: number,
  call: (index: number) => Call,
): Promise<number> {
  const startMs = performance.now();
  let next = 0;
  const work = async (connection: RawConnection): Promise<void> => {
    while (next < total) await connection.send(call(next++));
  };
  await Promise.all(connections.map(work));
  return total / ((performance.now() - startMs) / 1000);
}

function configMap(name: string, value = "value"): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { key: value, text: "x".repeat(900) } };
}
