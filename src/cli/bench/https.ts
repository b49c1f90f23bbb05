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

/** What is asked one after another, a request for each of `count` objects where it is about one; floors are per second. */
function callsFor(count: number): readonly Asked[] {
  const name = (index: number): string => `item-${index}`;
  const create = (index: number): Call => ({
    method: "POST",
    path: CONFIG_MAPS,
    body: JSON.stringify(configMap(name(index))),
    type: "application/json",
  });
  const remove = (index: number): Call => ({ method: "DELETE", path: `${CONFIG_MAPS}/${name(index)}` });
  return [
    // The server's code is not compiled yet; so it is only once in its life.
    { what: "create, by a server just started", total: count, call: create },
    { total: count, call: remove },
    { what: "create", total: count, floor: 4000, call: create },
    {
      what: "get",
      total: count,
      floor: 8000,
      call: (index) => ({ method: "GET", path: `${CONFIG_MAPS}/${name(index)}` }),
    },
    {
      what: "merge patch",
      total: count,
      floor: 3000,
      call: (index) => ({
        method: "PATCH",
        path: `${CONFIG_MAPS}/${name(index)}`,
        body: `{"data":{"key":"changed ${index}"}}`,
        type: "application/merge-patch+json",
      }),
    },
    {
      what: "server-side apply",
      total: count,
      floor: 2500,
      call: (index) => ({
        method: "PATCH",
        path: `${CONFIG_MAPS}/${name(index)}?fieldManager=bench&force=true`,
        body: JSON.stringify(configMap(name(index), `applied ${index}`)),
        type: "application/apply-patch+yaml",
      }),
    },
    {
      what: "list, limit 500",
      total: Math.ceil(count / 10),
      floor: 500,
      call: () => ({ method: "GET", path: `${CONFIG_MAPS}?limit=500` }),
    },
    {
      what: `list of ${count}`,
      total: Math.ceil(count / 50),
      floor: 60,
      call: () => ({ method: "GET", path: CONFIG_MAPS }),
    },
    { what: "delete", total: count, floor: 4000, call: remove },
  ];
}

/** So many requests of a kind; without a name they are not shown. */
type Asked = {
  readonly what?: string;
  readonly total: number;
  readonly floor?: number;
  readonly call: (index: number) => Call;
};

async function measure(target: Target, count: number): Promise<readonly Figure[]> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => RawConnection.open(target)));
  const figures: Figure[] = [];
  for (const { what, total, floor, call } of callsFor(count)) {
    const value = await rate(connections, total, call);
    if (what === undefined) continue;
    const least = floor === undefined ? {} : { floor: { atLeast: floor } };
    figures.push({ name: `HTTPS ${what}`, value, unit: "requests/s", ...least });
  }
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
