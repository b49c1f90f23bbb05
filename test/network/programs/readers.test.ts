import { describe, expect, it } from "vitest";
import type { ExecHandle } from "../../../src/network/index.ts";
import { type Bench, bench } from "../containers.ts";

type Session = { readonly handle: ExecHandle; readonly told: string[]; readonly codes: number[] };

function start(at: Bench, argv: readonly string[], how: { readonly tty?: boolean } = {}): Session {
  const told: string[] = [];
  const codes: number[] = [];
  const put = (text: string): void => void told.push(text);
  const target = { cluster: "c1", namespace: "default", pod: "box" };
  const handle = at.network.exec(target, {
    argv,
    output: { stdout: put, stderr: put },
    onExit: (code) => void codes.push(code),
    ...how,
  });
  if (typeof handle === "string") throw new Error(handle);
  at.advance(0);
  return { handle, told, codes };
}

function withBox(): Bench {
  const at = bench();
  at.run({ name: "box", image: "busybox", container: { command: ["sleep", "infinity"], workingDir: "/app" } });
  return at;
}

/** Runs a command to its end with a whole input. */
function piped(
  at: Bench,
  argv: readonly string[],
  input: string,
): { readonly text: string; readonly code: number | undefined } {
  const { handle, told, codes } = start(at, argv);
  handle.write(input);
  handle.closeInput();
  at.advance(0);
  return { text: told.join(""), code: codes[0] };
}

describe("commands that read", () => {
  it.each([
    [["cat"], "a\nb", "a\nb", 0],
    [["cat", "-", "/app/none"], "a\n", "a\ncat: /app/none: No such file or directory\n", 1],
    [["head", "-n", "1"], "a\nb\n", "a\n", 0],
    [["tail", "-1"], "a\nb\n", "b\n", 0],
    [["wc", "-l"], "a\nb\n", "2\n", 0],
    [["grep", "-v", "a"], "a\nb\n", "b\n", 0],
    [["grep", "x"], "a\n", "", 1],
    [["grep", "["], "a\n", "grep: bad regex '['\n", 2],
    [["tee", "f"], "kept\n", "kept\n", 0],
    [["sh", "-c", "cat; cat; echo done"], "once\n", "once\ndone\n", 0],
    [["sh", "-c", "cat > f; cat f f"], "x\n", "x\nx\n", 0],
    [["sh", "-c", "sleep 0; head -n 1 | cat"], "left\nover\n", "left\n", 0],
    [["sh"], "X=1\necho $X\nexit 3\n", "1\n", 3],
  ])("%j reads its input to the end", (argv, input, text, code) => {
    expect(piped(withBox(), argv, input)).toEqual({ text, code });
  });

  it("hand input on as it comes, and wait for more", () => {
    const at = withBox();
    const { handle, told, codes } = start(at, ["cat"]);
    handle.write("no line");
    at.advance(1000);
    expect([told, codes]).toEqual([["no line"], []]);
    handle.closeInput();
    at.advance(0);
    expect(codes).toEqual([0]);
  });

  it("let a shell go on reading where its child stopped", () => {
    const at = withBox();
    const { handle, told, codes } = start(at, ["sh"]);
    handle.write("cat\n");
    handle.write("to cat\n");
    handle.endText();
    handle.write("echo to sh\n");
    handle.closeInput();
    at.advance(0);
    expect([told, codes]).toEqual([["to cat\n", "to sh\n"], [0]]);
  });

  it("end at an interrupt, their shell does not", () => {
    const at = withBox();
    const { handle, told, codes } = start(at, ["sh"], { tty: true });
    handle.write("sleep 100\n");
    handle.interrupt();
    handle.write("echo $?\n");
    at.advance(0);
    expect(told).toEqual(["root@box:/app# ", "root@box:/app# ", "130\n", "root@box:/app# "]);
    handle.interrupt();
    handle.closeInput();
    at.advance(0);
    expect(codes).toEqual([0]);
  });

  it("are what images of Kubernetes' own tests start, under whichever tag", () => {
    const at = bench();
    const image = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1";
    const task = at.run({ name: "task", image, container: { args: ["sh", "-c", "exit 7"] } });
    at.advance(1000);
    expect(task.exits).toEqual([7]);
  });

  it("find no input in a container that keeps none open", () => {
    const at = bench();
    const task = at.run({ name: "task", image: "busybox", container: { command: ["cat"] } });
    const waiting = at.run({ name: "waiting", image: "busybox", container: { command: ["cat"], stdin: true } });
    at.advance(10_000);
    expect([task.exits, waiting.exits]).toEqual([[0], []]);
  });
});

describe("tar", () => {
  it("packs what it then unpacks, by any path", () => {
    const at = withBox();
    const long = `${"d".repeat(90)}/${"f".repeat(60)}`;
    expect(at.sh("box", `echo one > a; echo two > sub/b; echo three > ${long}`)).toBe("");
    const packed = piped(at, ["tar", "cf", "-", "a", "sub", "/etc/hostname", long], "");
    expect(packed.code).toBe(0);
    const bytes = packed.text.slice(packed.text.indexOf("\n") + 1);
    expect(bytes.length % 512).toBe(0);
    expect(piped(at, ["tar", "-xmf", "-", "-C", "/copy"], bytes)).toEqual({ text: "", code: 0 });
    expect(at.sh("box", `cat /copy/a /copy/sub/b /copy/etc/hostname /copy/${long}`)).toBe("one\ntwo\nbox\nthree\n");
  });

  it("says what is not there, and takes rubbish for an empty archive", () => {
    const at = withBox();
    expect(at.exec("box", "tar", "cf", "-", "none").stderr).toBe("tar: none: Cannot stat: No such file or directory\n");
    expect(piped(at, ["tar", "xf", "-"], "rubbish ".repeat(200))).toEqual({ text: "", code: 0 });
    expect(at.exec("box", "tar").code).toBe(2);
  });
});
