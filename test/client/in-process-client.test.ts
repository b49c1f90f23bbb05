import { describe, expect, it } from "vitest";
import { ConfigMap } from "../../src/api/index.ts";
import type { RawAnswer, WatchEvent } from "../../src/apiserver/index.ts";
import { configMap, creating, fixture } from "../controller/fixture.ts";

function watching(world: ReturnType<typeof fixture>) {
  const told: string[] = [];
  const handle = world.client("m1").watch(
    { verb: "watch", kind: ConfigMap },
    {
      onEvent: (event: WatchEvent) => told.push(event.type === "ERROR" ? `ERROR ${event.status.reason}` : event.type),
      onEnd: () => told.push("end"),
    },
  );
  return { told, handle };
}

describe("inProcessClient", () => {
  it("is answered at once, as its user", () => {
    const world = fixture();
    const answers: boolean[] = [];
    world.client("m1").send(creating(configMap("a")), ({ ok }) => answers.push(ok));
    let raw: RawAnswer | undefined;
    world.client("m1").raw("/version", (answer) => {
      raw = answer;
    });
    expect([answers, raw?.ok]).toEqual([[true], true]);
  });

  it.each(["down", "cut there", "cut back"])("is refused while the cluster is %s, and reaches it again", (fault) => {
    const world = fixture();
    const set = (on: boolean): void => {
      if (fault === "down") world.faults.setDown("m1", on);
      else if (fault === "cut there") world.faults.setCut("host", "m1", on);
      else world.faults.setCut("m1", "host", on);
    };
    const ask = (): unknown => {
      let told: unknown;
      world.client("m1").send({ verb: "list", kind: ConfigMap }, (answer) => {
        told = answer.ok ? "ok" : answer.status.reason;
      });
      return told;
    };
    set(true);
    expect(ask()).toBe("ServiceUnavailable");
    const refused = watching(world);
    world.settle();
    expect(refused.told).toEqual(["ERROR ServiceUnavailable", "end"]);
    set(false);
    expect(ask()).toBe("ok");
  });

  it("loses its watches, and what was under way on them, when it is cut off", () => {
    const world = fixture();
    const { told } = watching(world);
    world.ask(creating(configMap("a")), "m1");
    world.settle();
    world.ask(creating(configMap("b")), "m1");
    world.faults.setCut("host", "m1", true);
    world.faults.setCut("host", "m1", false);
    world.ask(creating(configMap("c")), "m1");
    world.settle();
    expect(told).toEqual(["ADDED", "end"]);
  });

  it("hears nothing after it stopped a watch", () => {
    const world = fixture();
    const first = watching(world);
    world.ask(creating(configMap("a")), "m1");
    first.handle.stop();
    const second = watching(world);
    world.faults.setDown("m1", true);
    second.handle.stop();
    const third = watching(world);
    third.handle.stop();
    world.settle();
    expect([first.told, second.told, third.told]).toEqual([[], [], []]);
  });
});
