import { beforeEach, describe, expect, it } from "vitest";
import { type Bench, bench } from "../containers.ts";

let at: Bench;
beforeEach(() => {
  at = bench();
  at.run({
    name: "box",
    image: "busybox",
    container: { command: ["sleep", "infinity"] },
    env: { GREETING: "hello world" },
  });
});

describe("sh -c", () => {
  const rows: readonly (readonly [script: string, output: string])[] = [
    ["echo one two", "one two\n"],
    ["echo 'a  b' \"c  d\" e\\ f", "a  b c  d e f\n"],
    [`echo $GREETING \${GREETING} '$GREETING' "$GREETING"`, "hello world hello world $GREETING hello world\n"],
    [`echo \${NONE:-fallback}$NONE.`, "fallback.\n"],
    ["false || echo rescued; true && echo going on", "rescued\ngoing on\n"],
    ["false && echo never; echo $?", "1\n"],
    ["exit 3; echo never", "[3]"],
    ["X=5; Y=$X; echo $Y", "5\n"],
    ["echo a > /tmp/f; echo b >> /tmp/f; cat /tmp/f", "a\nb\n"],
    ["echo lost > /dev/null; echo kept", "kept\n"],
    ["cat /none 2>&1 | wc -l; echo gone > /dev/null 2>&1", "1\n"],
    ["echo told >&2 | wc -l; echo told 1>&2", "0\ntold\ntold\n"],
    ["printf 'a\\nb\\nab\\n' | grep a | wc -l", "2\n"],
    ["printf '1\\n2\\n3\\n' | tail -n 1; seq 3 | head -1", "3\n1\n"],
    ["for i in 1 2 3; do echo n$i; done", "n1\nn2\nn3\n"],
    ["for i in $(seq 2); do echo $i; done", "1\n2\n"],
    ["if [ -f /etc/resolv.conf ]; then echo there; else echo gone; fi", "there\n"],
    ["touch d/f; [ -d d ] && [ -e d ] && [ -d /tmp/ ] && [ ! -d d/f ] && [ ! -f d ] && echo right", "right\n"],
    ['if test "$GREETING" = x; then echo yes; else echo no; fi', "no\n"],
    ["test $GREETING = x; echo $?", "2\nsh: test: world: unexpected operator\n"],
    ["until [ -f /tmp/x ]; do touch /tmp/x; echo turn; done", "turn\n"],
    ["nonsense", "sh: nonsense: not found\n[127]"],
    ["cat /none", "cat: /none: No such file or directory\n[1]"],
    ["echo 'open", "sh: syntax error: unterminated quoted string\n[2]"],
    ["for i in 1; do echo x", 'sh: syntax error: unexpected end of file (expecting "done")\n[2]'],
    ["hostname; hostname -i", "box\n10.1.0.1\n"],
    ["sleep 2; date", "Mon Jun 12 02:58:02 UTC 2023\n"],
    ["# a remark\necho after", "after\n"],
    ["rm /none; rm -f /none; echo $?", "0\nrm: can't remove '/none': No such file or directory\n"],
    ["apt-get update > /dev/null && apt-get install -y dnsutils > /dev/null && echo installed", "installed\n"],
  ];
  it.each(rows)("%s", (script, output) => expect(at.sh("box", script)).toBe(output));

  it("goes round in a loop as time passes", () => {
    const loop = at.run({
      name: "loop",
      image: "busybox",
      container: { command: ["sh", "-c", "while true; do echo 'Log message'; sleep 10; done"] },
    });
    at.advance(35_000);
    expect(at.network.log({ cluster: "c1", namespace: "default", pod: "loop" })?.text).toBe("Log message\n".repeat(4));
    expect(loop.exits).toEqual([]);
  });

  it("does not stop the world in a loop that takes no time", () => {
    at.run({ name: "busy", image: "busybox", container: { command: ["sh", "-c", "while true; do true; done"] } });
    at.advance(50);
    expect(at.loop.idle).toBe(true);
  });
});

describe("a shell without a script", () => {
  it("S4-52 runs the lines written to it, and ends with its input", () => {
    const told: string[] = [];
    const codes: number[] = [];
    const started = at.network.exec(
      { cluster: "c1", namespace: "default", pod: "box" },
      {
        argv: ["bash"],
        output: { stdout: (text) => void told.push(text), stderr: (text) => void told.push(text) },
        onExit: (code) => void codes.push(code),
      },
    );
    if (typeof started === "string") throw new Error(started);
    started.write("echo fi");
    started.write("rst\nX=2\n");
    started.write("echo second $X\nfalse\n");
    started.closeInput();
    at.advance(0);
    expect(told).toEqual(["first\n", "second 2\n"]);
    expect(codes).toEqual([1]);
  });

  it("S4-52 keeps a container alive whose input is kept open, and ends at once otherwise", () => {
    const open = at.run({ name: "btg", image: "ubuntu:18.04", container: { stdin: true } });
    const closed = at.run({ name: "gone", image: "ubuntu:18.04" });
    at.advance(0);
    expect([open.exits, closed.exits]).toEqual([[], [0]]);
    const attached = at.network.attachTo({ cluster: "c1", namespace: "default", pod: "btg" });
    attached?.write("echo typed\nexit 4\n");
    at.advance(0);
    expect(at.network.log({ cluster: "c1", namespace: "default", pod: "btg" })?.text).toBe("typed\n");
    expect(open.exits).toEqual([4]);
  });
});
