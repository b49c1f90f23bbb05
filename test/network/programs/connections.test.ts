import { beforeEach, describe, expect, it } from "vitest";
import { type Bench, bench } from "../containers.ts";

let at: Bench;
beforeEach(() => {
  at = bench({
    images: { "shop/echo": { like: "serve-tcp" } },
  });
  at.run({ name: "box", image: "busybox", container: { command: ["sleep", "infinity"] } });
});

const ADDRESS = "10.1.0.50";

/** A container that does what a command line says, at {@link ADDRESS}. */
function serving(...command: readonly string[]): ReturnType<Bench["run"]> {
  const started = at.run({ name: "server", image: "busybox", ip: ADDRESS, container: { command: [...command] } });
  at.advance(0);
  return started;
}

const logOf = (pod: string): string | undefined => at.network.log({ cluster: "c1", namespace: "default", pod })?.text;

describe("nc between pods", () => {
  const rows: readonly (readonly [server: readonly string[], client: string, output: string])[] = [
    [["nc", "-lk", "-p", "42", "-e", "echo", "hello"], `nc ${ADDRESS} 42; nc ${ADDRESS} 42`, "hello\nhello\n"],
    [["nc", "-l", "-p", "42", "-e", "echo", "once"], `nc ${ADDRESS} 42; nc ${ADDRESS} 42`, "once\n[1]"],
    [["nc", "-lk", "-p", "42", "-e", "cat"], `printf 'a\\nb\\n' | nc ${ADDRESS} 42`, "a\nb\n"],
    [["nc", "-lk", "-p", "42", "-e", "tr", "a-z", "A-Z"], `echo loud | nc -w 2 ${ADDRESS} 42`, "LOUD\n"],
    [["sh", "-c", "nc -lk -p 42 -c 'read x; echo got $x'"], `echo line | nc ${ADDRESS} 42`, "got line\n"],
    [["nc", "-lk", "42"], `nc -zv ${ADDRESS} 42`, `${ADDRESS} (${ADDRESS}:42) open\n`],
    [["nc", "-lk", "42"], `nc -zv ${ADDRESS} 43`, `nc: ${ADDRESS} (${ADDRESS}:43): Connection refused\n[1]`],
    [["nc", "-lu", "-p", "53", "-k", "-e", "cat"], `echo ping | nc -u -w 1 ${ADDRESS} 53`, "ping\n"],
    [["nc", "-lu", "-p", "53"], `nc -u -z ${ADDRESS} 54`, "[1]"],
    [["sleep", "9"], "nc -w 1 10.1.0.99 42", "[1]"],
    [["sleep", "9"], "nc", "nc: usage: nc [-vzu] [-w SECONDS] HOST PORT, or nc -l [-kvu] -p PORT [-e COMMAND...]\n[1]"],
  ];
  it.each(rows)("%j <- %s", (server, client, output) => {
    serving(...server);
    expect(at.sh("box", client)).toBe(output);
  });

  it("prints what comes and sends what is typed, both ways, until one side ends", () => {
    serving("sh", "-c", "sleep 1; nc -l -p 42; echo over");
    at.advance(1000);
    expect(at.sh("box", `(echo first; sleep 3; echo second) | nc ${ADDRESS} 42`)).toBe("");
    at.advance(10_000);
    expect(logOf("server")).toBe("first\nsecond\nover\n");
  });

  it("ends when the program at the other end does, and says so when it breaks", () => {
    const server = serving("nc", "-l", "-p", "42");
    const told: string[] = [];
    const codes: number[] = [];
    const target = { cluster: "c1", namespace: "default", pod: "box" };
    const output = { stdout: (text: string) => void told.push(text), stderr: () => {} };
    at.network.exec(target, { argv: ["nc", ADDRESS, "42"], output, onExit: (code) => void codes.push(code) });
    at.advance(5000);
    expect(codes).toEqual([]);
    server.stop(0);
    at.advance(1000);
    expect(codes).toEqual([0]);
  });
});

describe("programs that speak bytes and clients that speak HTTP, and the other way round", () => {
  const response = "HTTP/1.1 201 Created\\r\\nContent-Length: 3\\r\\nX-Own: yes\\r\\n\\r\\nok\\n";
  it("curl and wget read what a program wrote by hand", () => {
    serving("sh", "-c", `while true; do printf '${response}' | nc -l -p 80 -w 5; done`);
    expect(at.sh("box", `curl -si http://${ADDRESS}/`)).toMatch(
      /^HTTP\/1.1 201 Created\r\n[\s\S]*X-Own: yes\r\n\r\nok\n$/,
    );
  });

  it.each([
    ["printf 'not http\\n'", "curl: (1) Received HTTP/0.9 when not allowed\n[1]"],
    ["printf ''", "curl: (52) Empty reply from server\n[52]"],
    ["sleep 60", "curl: (28) Operation timed out after 5001 milliseconds with 0 bytes received\n[28]"],
  ])("curl says what is wrong with %s", (server, output) => {
    serving("sh", "-c", `nc -lk -p 80 -c "${server}"`);
    expect(at.sh("box", `curl -m 5 http://${ADDRESS}/`)).toBe(output);
  });

  it("nc reads what a web server writes, pipelined requests in turn, and a bad one refused", () => {
    serving("serve-http", "--body", "page");
    const ask = "GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n";
    const once = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n\r\npage";
    expect(at.sh("box", `printf '${ask}${ask}' | nc ${ADDRESS} 80`)).toBe(once.repeat(2));
    expect(at.sh("box", `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc ${ADDRESS} 80`)).toContain("Connection: close\r\n");
    expect(at.sh("box", `echo nonsense here | nc ${ADDRESS} 80`)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });

  it("carries whole bodies by their length and in chunks", () => {
    serving("serve-http", "--body", "Grüße");
    expect(
      at.sh(
        "box",
        `printf 'POST / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n0\\r\\n\\r\\n' | nc ${ADDRESS} 80`,
      ),
    ).toMatch(/Content-Length: 7\r\n\r\nGrüße$/);
  });
});

describe("behaviours a container can be told to have", () => {
  const rows: readonly (readonly [server: readonly string[], client: string, output: string])[] = [
    [["serve-http", "--port", "8080"], `curl -s ${ADDRESS}:8080`, "server"],
    [["serve-http", "--status", "503"], `curl -s -w ' %{http_code}' ${ADDRESS}`, "Service Unavailable 503"],
    [["serve-http", "--header", "x-a: b: c"], `curl -sI ${ADDRESS} | grep X-A`, "X-A: b: c\r\n"],
    [["serve-tcp", "--port", "9", "--say", "hello"], `nc ${ADDRESS} 9`, "hello"],
    [["serve-tcp"], `echo back | nc ${ADDRESS} 7`, "back\n"],
    [["serve-udp", "--port", "9"], `echo back | nc -u -w 1 ${ADDRESS} 9`, "back\n"],
    [["serve-tcp", "--port", "70000"], `nc ${ADDRESS} 7`, "[1]"],
  ];
  it.each(rows)("%j <- %s", (server, client, output) => {
    serving(...server);
    expect(at.sh("box", client)).toBe(output);
  });

  it.each([
    [["crash"], 0, [1]],
    [["crash", "--after", "5s", "--code", "3"], 5000, [3]],
    [["crash", "--after", "soon"], 0, [1]],
    [["serve-tcp", "--port", "none"], 0, [1]],
  ])("%j ends after %i ms with %j", (command, afterMs, exits) => {
    const server = serving(...command);
    at.advance(afterMs);
    expect(server.exits).toEqual(exits);
  });

  it("by annotation, for one container or for all, in place of the image's own; by an image of the fleet", () => {
    const annotations = { "program.atoll.dev/main": "serve-http --body 'by annotation'" };
    at.run({ name: "annotated", image: "nginx", ip: "10.1.0.60", annotations });
    at.run({
      name: "everyone",
      image: "nginx",
      ip: "10.1.0.61",
      annotations: { "atoll.dev/program": "crash --code 7" },
    });
    at.run({ name: "echo", image: "shop/echo:v1", ip: "10.1.0.62" });
    at.run({ name: "none", image: "nginx", ip: "10.1.0.63", annotations: { "atoll.dev/program": "nonsense" } });
    expect(at.sh("box", "curl -s 10.1.0.60; echo; echo same | nc 10.1.0.62 7")).toBe("by annotation\nsame\n");
    expect(logOf("none")).toBe('exec: "nonsense": executable file not found in $PATH\n');
  });
});
