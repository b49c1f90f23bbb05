import { describe, expect, it } from "vitest";
import { Lease, type LeaseSpec } from "../../src/api/index.ts";
import { failure } from "../../src/apimachinery/index.ts";
import { type ClusterClient, LeaderElector } from "../../src/client/index.ts";
import { fixture } from "../controller/fixture.ts";

/** Candidates for one Lease, each of which can be cut off from the API server. */
function electing(...identities: readonly string[]) {
  const world = fixture();
  const log: string[] = [];
  const cut = new Set<string>();
  const hanging = new Set<string>();
  const clientOf = (identity: string): ClusterClient => ({
    ...world.client("host"),
    send: (request, onAnswer) => {
      if (cut.has(identity)) onAnswer({ ok: false, status: failure("ServiceUnavailable", "cut off") });
      else
        world.client("host").send(request, (answer) => {
          if (hanging.has(identity)) world.loop.after(25_000, "late", () => onAnswer(answer), { background: true });
          else onAnswer(answer);
        });
    },
  });
  const electors = identities.map(
    (identity) =>
      new LeaderElector({
        client: clientOf(identity),
        loop: world.loop,
        namespace: "default",
        name: "karmada-scheduler",
        identity,
        onStartedLeading: () => log.push(`${identity} started`),
        onStoppedLeading: () => log.push(`${identity} stopped`),
      }),
  );
  for (const elector of electors) elector.start();
  world.settle();
  const spec = (): LeaseSpec =>
    world.ask({ verb: "get", kind: Lease, namespace: "default", name: "karmada-scheduler" }).spec as LeaseSpec;
  return { world, log, electors, cut, hanging, spec };
}

describe("LeaderElector", () => {
  it("makes the first candidate leader, and keeps it while it renews", () => {
    const { world, log, spec } = electing("a", "b");
    world.advance(120_000);
    expect(log).toEqual(["a started"]);
    expect(spec()).toMatchObject({ holderIdentity: "a", leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(spec().acquireTime).toBe("2026-01-01T00:00:00.000000Z");
    expect(spec().renewTime).toBe("2026-01-01T00:02:00.000000Z");
  });

  it("steps down when it cannot renew for ten seconds, before anybody else may lead", () => {
    const { world, log, cut, spec } = electing("a", "b");
    world.advance(20_000);
    cut.add("a");
    world.advance(11_000);
    expect(log).toEqual(["a started", "a stopped"]);
    world.advance(10_000);
    expect(log).toEqual(["a started", "a stopped", "b started"]);
    expect(spec()).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
    cut.delete("a");
    world.advance(60_000);
    expect(log).toHaveLength(3);
  });

  it("steps down in time though its request hangs, and does not believe the late answer", () => {
    const { world, log, hanging, electors } = electing("a", "b");
    hanging.add("a");
    world.advance(30_000);
    expect(log).toEqual(["a started", "a stopped", "b started"]);
    hanging.delete("a");
    world.advance(30_000);
    expect(electors.map(({ isLeader }) => isLeader)).toEqual([false, true]);
    expect(log).toHaveLength(3);
  });

  it("never has two leaders, whoever is cut off and when", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { world, electors, cut } = electing("a", "b", "c");
      for (let step = 0; step < 60; step++) {
        const identity = "abc"[(seed * 7 + step * step) % 3] as string;
        if ((seed + step) % 3 === 0) cut.delete(identity);
        else cut.add(identity);
        world.advance(1000 + ((seed * 977 + step * 331) % 5000));
        expect(electors.filter(({ isLeader }) => isLeader).length).toBeLessThanOrEqual(1);
      }
    }
  });

  it("releases the lease when it stops, so that another takes over at its next try", () => {
    const { world, log, electors } = electing("a", "b");
    electors[0]?.stop();
    world.advance(5_000);
    expect(log).toEqual(["a started", "a stopped", "b started"]);
  });
});
