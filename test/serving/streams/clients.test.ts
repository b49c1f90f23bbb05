import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import {
  Attach,
  CoreV1Api,
  Cp,
  Exec,
  KubernetesObjectApi,
  Log,
  Metrics,
  makeInformer,
  PatchStrategy,
  PortForward,
  topNodes,
  topPods,
  type V1ConfigMap,
  type V1Status,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type ServedMember, serveMember } from "./served-member.ts";

const PODS = `
apiVersion: v1
kind: Pod
metadata: {name: box}
spec: {containers: [{name: main, image: busybox, command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: nginx, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: talker}
spec: {containers: [{name: main, image: busybox, command: [sh, -c, "for i in $(seq 5); do echo line $i; sleep 1; done"]}], restartPolicy: Never}
---
apiVersion: v1
kind: Pod
metadata: {name: shell}
spec: {containers: [{name: main, image: busybox, stdin: true, stdinOnce: true}], restartPolicy: Never}
---
apiVersion: v1
kind: Pod
metadata: {name: listener}
spec: {containers: [{name: main, image: busybox, stdin: true, command: [cat]}], restartPolicy: Never}
`;

let member: ServedMember;
beforeAll(async () => {
  member = await serveMember(PODS);
  for (const pod of ["box", "web", "talker", "shell", "listener"]) await member.started(pod);
});
const afterTests: (() => void)[] = [];
afterAll(async () => {
  await member.stop();
  for (const run of afterTests) run();
});

/** A sink that keeps what it gets. */
function sink(): Writable & { readonly text: () => string } {
  let text = "";
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return Object.assign(stream, { text: () => text });
}

type Ran = { readonly status: V1Status; readonly stdout: string; readonly stderr: string };

function exec(pod: string, command: readonly string[], input?: string): Promise<Ran> {
  const stdout = sink();
  const stderr = sink();
  const stdin = input === undefined ? null : new PassThrough();
  return new Promise((resolve, reject) => {
    new Exec(member.config)
      .exec("default", pod, "main", [...command], stdout, stderr, stdin, false, (status) =>
        resolve({ status, stdout: stdout.text(), stderr: stderr.text() }),
      )
      .then(() => stdin?.end(input), reject);
  });
}

describe("@kubernetes/client-node as the client", () => {
  it("runs commands and hears how they end", async () => {
    expect(await exec("box", ["sh", "-c", "echo out; echo err >&2; exit 3"])).toMatchObject({
      stdout: "out\n",
      stderr: "err\n",
      status: {
        status: "Failure",
        reason: "NonZeroExitCode",
        details: { causes: [{ reason: "ExitCode", message: "3" }] },
      },
    });
    expect((await exec("box", ["true"])).status).toEqual({ metadata: {}, status: "Success" });
    expect((await exec("box", ["nothing"])).status).toMatchObject({
      reason: "InternalError",
      message: expect.stringContaining('exec: "nothing": executable file not found in $PATH'),
    });
  });

  it("writes to a command and closes its input", async () => {
    expect(await exec("box", ["cat"], "grüße\nwithout an end")).toMatchObject({
      stdout: "grüße\nwithout an end",
      status: { status: "Success" },
    });
  });

  it("carries a megabyte there and back", async () => {
    const much = "0123456789abcde\n".repeat(65_536);
    expect((await exec("box", ["cat"], much)).stdout).toBe(much);
  });

  it("follows a log to its end, and reads parts of it", async () => {
    const followed = sink();
    const ended = new Promise((done) => followed.once("finish", done));
    await new Log(member.config).log("default", "talker", "main", followed, { follow: true });
    await ended;
    expect(followed.text()).toBe("line 1\nline 2\nline 3\nline 4\nline 5\n");
    const core = member.config.makeApiClient(CoreV1Api);
    const read = (options: object): Promise<string> =>
      core.readNamespacedPodLog({ namespace: "default", name: "talker", ...options });
    expect(await read({ tailLines: 2 })).toBe("line 4\nline 5\n");
    expect(await read({ limitBytes: 6 })).toBe("line 1");
    expect(await read({ tailLines: 1, timestamps: true })).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line 5\n$/);
  });

  it("attaches to what runs, whose input ends with the session", async () => {
    const stdout = sink();
    const stdin = new PassThrough();
    const socket = await new Attach(member.config).attach("default", "shell", "main", stdout, null, stdin, false);
    const closed = new Promise((done) => socket.addEventListener("close", done));
    stdin.end("echo typed\nexit 0\n");
    await closed;
    expect(stdout.text()).toBe("typed\n");
  });

  it("lets go of a container that goes on listening, once they have said all", async () => {
    for (const said of ["one", "two"]) {
      const stdin = new PassThrough();
      const attach = new Attach(member.config);
      const socket = await attach.attach("default", "listener", "main", sink(), null, stdin, false);
      const closed = new Promise((done) => socket.addEventListener("close", done));
      stdin.end(`${said}\n`);
      await closed;
    }
    const core = member.config.makeApiClient(CoreV1Api);
    expect(await core.readNamespacedPodLog({ namespace: "default", name: "listener" })).toBe("one\ntwo\n");
    const { status } = await core.readNamespacedPod({ namespace: "default", name: "listener" });
    expect(status?.phase).toBe("Running");
  });

  it("speaks HTTP to a pod over a forwarded port", async () => {
    const output = new PassThrough();
    const input = new PassThrough();
    const errors = sink();
    await new PortForward(member.config).portForward("default", "web", [80], output, errors, input);
    input.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let answer = "";
    for await (const chunk of output) {
      answer += (chunk as Buffer).toString();
      if (answer.includes("</html>")) break;
    }
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain("Welcome to nginx!");
    expect(errors.text()).toBe("");
  });

  it("copies files into a pod and out of it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "atoll-cp-"));
    // The client goes on with what it has unpacked after its content can be read.
    afterTests.push(() => rmSync(folder, { recursive: true, force: true }));
    for (const name of ["there", "back"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "there", "sent"), "carried\n");
    const copy = new Cp(member.config);
    // It says that it has begun, not that it is done.
    await copy.cpToPod("default", "box", "main", join(folder, "there"), "/tmp");
    const inPod = async (): Promise<string> => (await exec("box", ["cat", "/tmp/sent"])).stdout;
    await vi.waitFor(async () => expect(await inPod()).toBe("carried\n"), { timeout: 10_000 });
    await copy.cpFromPod("default", "box", "main", "sent", join(folder, "back"), "/tmp");
    const back = (): string => readFileSync(join(folder, "back", "sent"), "utf8");
    await vi.waitFor(() => expect(back()).toBe("carried\n"), { timeout: 10_000 });
  });

  it("keeps an informer's cache, and hears of every change", async () => {
    const core = member.config.makeApiClient(CoreV1Api);
    const informer = makeInformer<V1ConfigMap>(
      member.config,
      "/api/v1/namespaces/default/configmaps",
      () => core.listNamespacedConfigMap({ namespace: "default", labelSelector: "watched" }),
      "watched",
    );
    const heard: string[] = [];
    const seen = (count: number): Promise<void> =>
      vi.waitFor(() => expect(heard).toHaveLength(count), { timeout: 10_000 });
    for (const verb of ["add", "update", "delete"] as const)
      informer.on(verb, ({ metadata, data }) => heard.push(`${verb} ${metadata?.name} ${data?.a}`));
    const body = { metadata: { name: "one", labels: { watched: "" } }, data: { a: "1" } };
    await core.createNamespacedConfigMap({ namespace: "default", body });
    await informer.start();
    await seen(1);
    const client = KubernetesObjectApi.makeApiClient(member.config);
    const place = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one", namespace: "default" } };
    await client.patch(
      { ...place, data: { a: "2" } },
      undefined,
      undefined,
      undefined,
      undefined,
      PatchStrategy.MergePatch,
    );
    await seen(2);
    await client.patch(
      { ...place, data: { a: "3" } },
      undefined,
      undefined,
      "applier",
      true,
      PatchStrategy.ServerSideApply,
    );
    await seen(3);
    expect(informer.get("one", "default")?.data).toEqual({ a: "3" });
    await client.delete(place);
    await seen(4);
    expect(heard).toEqual(["add one 1", "update one 2", "update one 3", "delete one 3"]);
    await informer.stop();
  });

  it("reads what nodes and pods use", async () => {
    const core = member.config.makeApiClient(CoreV1Api);
    const metrics = new Metrics(member.config);
    const pods = await topPods(core, metrics, "default");
    const box = pods.find(({ Pod }) => Pod.metadata?.name === "box");
    expect(box?.Containers).toMatchObject([{ Container: "main" }]);
    expect(Number(box?.Memory.CurrentUsage)).toBeGreaterThan(0);
    const [node] = await topNodes(core);
    expect(node?.Node.metadata?.name).toBe("member1-control-plane");
  });

  it("is told that nobody listens at a forwarded port", async () => {
    const errors = new PassThrough();
    await new PortForward(member.config).portForward("default", "web", [81], sink(), errors, new PassThrough());
    let told = "";
    for await (const chunk of errors) {
      told += String(chunk);
      if (told !== "") break;
    }
    expect(told).toMatch(/^error forwarding port 81 to pod web, uid \S+: .* connect: connection refused$/);
  });
});
