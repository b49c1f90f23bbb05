import type { Measure } from "./measure.ts";
import { RawConnection, type Target } from "./raw-https.ts";
import { whileServed } from "./served.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const WATCHERS = 1000;
const ROUNDS = 9;

/** From a write until the last of 1,000 watchers has its event; the median of several writes. */
export const watch: Measure = {
  name: "watch",
  run: async () => {
    const latenciesMs = (await whileServed(measure)).sort((left, right) => left - right);
    return [
      {
        name: `HTTPS event to ${WATCHERS} watchers`,
        value: latenciesMs[ROUNDS >> 1] ?? Number.NaN,
        unit: "ms",
        floor: { atMost: 60 },
      },
    ];
  },
};

async function measure(host: Target): Promise<number[]> {
  const writer = await RawConnection.open(host);
  let received = 0;
  let last: () => void = () => {};
  const watchers: RawConnection[] = [];
  for (let index = 0; index < WATCHERS; index++) {
    const watcher = await RawConnection.open(host);
    watchers.push(watcher);
    watcher.stream({ method: "GET", path: `${CONFIG_MAPS}?watch=true&resourceVersion=0` }, (chunk) => {
      received += chunk.toString("latin1").split('{"type":"ADDED"').length - 1;
      if (received === WATCHERS) last();
    });
  }
  // The root certificates every namespace gets are told first.
  await pause(500);
  const latenciesMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    received = 0;
    const startMs = performance.now();
    const told = new Promise<void>((done) => {
      last = done;
    });
    await writer.send({
      method: "POST",
      path: CONFIG_MAPS,
      body: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `told-${round}` } }),
    });
    await told;
    latenciesMs.push(performance.now() - startMs);
  }
  for (const connection of [writer, ...watchers]) connection.close();
  return latenciesMs;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((done) => setTimeout(done, durationMs));
}
