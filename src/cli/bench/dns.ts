import { dnsQuery, encodeMessage } from "../../network/index.ts";
import { World } from "../../scenario/index.ts";
import { costOf, type Measure } from "./measure.ts";

const SERVICES = 5000;
const REPEAT_MS = 2000;

/** Answers from wire bytes to wire bytes for 5,000 Service names, without sockets. */
export const dns: Measure = {
  name: "dns",
  run: async ({ quick }) => {
    const services = quick ? 500 : SERVICES;
    const world = await World.create({ members: [{ name: "member1" }] });
    await world.settle();
    const member = world.member("member1");
    for (let index = 0; index < services; index++)
      await member.create({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: `web-${index}`, namespace: "default" },
        spec: { ports: [{ port: 80 }] },
      });
    await world.settle();
    const queries = Array.from({ length: services }, (_unused, index) =>
      encodeMessage(dnsQuery({ name: `web-${index}.default.svc.cluster.local.`, type: "A" })),
    );
    const answer = world.dnsQuery("member1");
    const lastMs = performance.now() + (quick ? REPEAT_MS / 4 : REPEAT_MS);
    let count = 0;
    let wrong = 0;
    const cost = await costOf(async () => {
      while (performance.now() < lastMs) {
        for (const query of queries) if ((answer(query, "udp")?.readUInt16BE(6) ?? 0) !== 1) wrong++;
        count += queries.length;
      }
    });
    await world.stop();
    if (wrong > 0) throw new Error(`${wrong} of ${count} answers were wrong`);
    return [
      {
        name: "DNS answers, wire to wire",
        value: count / (cost.cpuMs / 1000),
        unit: "per CPU-second",
        floor: { atLeast: 100_000 },
      },
    ];
  },
};
