import { describe, expect, it } from "vitest";
import { server } from "../test-server.ts";

describe("errors", () => {
  const made = (...consolidate: readonly string[]) =>
    server(["errors {", "stacktrace", ...consolidate, "}", "forward fwd.org 192.0.2.53", "any"]);

  it("tells each that is like none of its patterns", () => {
    const one = made('consolidate 1m "nothing"');
    one.ask("a.FWD.org.", "MX");
    expect(one.logged).toEqual([
      "[ERROR] plugin/errors: 2 a.fwd.org. MX: read udp 10.13.0.10:40000->192.0.2.53:53: i/o timeout",
    ]);
  });

  it("tells how many alike there were when their time is over, and when the server ends", () => {
    const one = made('consolidate 1m30s "i/o timeout$" warning', 'consolidate 5s ".*" ');
    for (const name of ["a.fwd.org.", "b.fwd.org.", "c.fwd.org."]) one.ask(name, "A");
    one.advance(89_000);
    expect(one.logged).toEqual([]);
    one.advance(1_000);
    one.ask("a.fwd.org.", "A");
    one.loaded.stop();
    one.ask("b.fwd.org.", "A");
    expect(one.logged).toEqual([
      "[WARNING] plugin/errors: 3 errors like 'i/o timeout$' occurred in last 1m30s",
      "[WARNING] plugin/errors: 1 errors like 'i/o timeout$' occurred in last 1m30s",
      "[WARNING] plugin/errors: 2 b.fwd.org. A: read udp 10.13.0.10:40000->192.0.2.53:53: i/o timeout",
    ]);
  });

  it("shows the first of them at once when told to, and counts no single one", () => {
    const one = made('consolidate 10s "timeout" info show_first');
    const line = "[INFO] plugin/errors: 2 a.fwd.org. A: read udp 10.13.0.10:40000->192.0.2.53:53: i/o timeout";
    one.ask("a.fwd.org.", "A");
    one.advance(10_000);
    expect(one.logged).toEqual([line]);
    one.ask("a.fwd.org.", "A");
    one.ask("b.fwd.org.", "A");
    one.advance(10_000);
    expect(one.logged).toEqual([line, line, "[INFO] plugin/errors: 2 errors like 'timeout' occurred in last 10s"]);
  });
});
