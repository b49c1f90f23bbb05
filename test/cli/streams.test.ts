import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Kubectl, kubectls } from "./kubectls.ts";
import { eventually, type Ran, run, type ServedFleet, serve } from "./served-fleet.ts";

const SAMPLE = join(import.meta.dirname, "../../samples/multicluster-dns");
const ALL = kubectls();
const NEWEST = ALL.at(-1) as Kubectl;
/** The oldest and the newest speak differently: SPDY alone, and WebSocket. */
const ENDS = [...new Set([ALL[0] as Kubectl, NEWEST])];
const HELLO =
  /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d 'hello from cluster member1 \(Node: member1-control-plane Pod: serve-\S+ Address: 10\.10\.0\.\d+\)'$/;

const MANIFEST = `
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
metadata: {name: crashing}
spec: {containers: [{name: main, image: busybox, command: [sh, -c, "echo going down; exit 1"]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 8080, targetPort: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pair}
spec:
  replicas: 2
  selector: {matchLabels: {app: pair}}
  template:
    metadata: {labels: {app: pair}}
    spec: {containers: [{name: main, image: nginx, command: [sh, -c, "echo up; exec sleep infinity"]}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: commands}
spec:
  matchConstraints: {resourceRules: [{operations: [CONNECT], apiGroups: [""], apiVersions: [v1], resources: [pods/exec]}]}
  validations: [{expression: "!('rm' in object.command)", message: no rm}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: commands}
spec: {policyName: commands, validationActions: [Deny]}
`;

describe.skipIf(ALL.length === 0)("streams of stock kubectl", () => {
  let fleet: ServedFleet;
  beforeAll(async () => {
    fleet = await serve("-f", join(SAMPLE, "fleet.yaml"));
    await fleet.kubectl(["--context", "member2", "apply", "-f", "-"], { input: MANIFEST, config: "members" });
    await fleet.member("member2", "wait", "--for=condition=Ready", "pod/box", "pod/web", "--timeout=20s");
    await fleet.member("member2", "rollout", "status", "deploy/pair", "--timeout=20s");
  });
  afterAll(async () => {
    await fleet.stop();
  });

  const environment = (): NodeJS.ProcessEnv => ({
    ...process.env,
    KUBECACHEDIR: join(fleet.folder, "cache"),
    HOME: fleet.folder,
  });
  const withConfig = (argv: readonly string[]): readonly string[] => [
    "--kubeconfig",
    join(fleet.folder, "members.config"),
    "--context",
    "member2",
    ...argv,
  ];
  const start = ({ program }: Kubectl, argv: readonly string[], input = ""): Promise<Ran> =>
    run(program, withConfig(argv), { env: environment(), input });
  const newest = (...argv: readonly string[]): Promise<Ran> => start(NEWEST, argv);

  /** Forwards a free port, asks for a page through it, and ends. */
  const throughForward = async ({ program }: Kubectl, target: string, port: number): Promise<string> => {
    const child: ChildProcess = spawn(program, withConfig(["port-forward", target, `:${port}`]), {
      env: environment(),
    });
    let told = "";
    const exited = once(child, "exit");
    try {
      const local = await new Promise<string>((resolve, reject) => {
        const look = (chunk: Buffer): void => {
          told += chunk.toString();
          const [, found] = /^Forwarding from 127\.0\.0\.1:(\d+) /m.exec(told) ?? [];
          if (found !== undefined) resolve(found);
        };
        child.stdout?.on("data", look);
        child.stderr?.on("data", look);
        child.once("exit", () => reject(new Error(told)));
      });
      const page = (path: string): Promise<string> =>
        fetch(`http://127.0.0.1:${local}${path}`).then((answer) => answer.text());
      const [first, second] = await Promise.all([page("/"), page("/")]);
      expect(second).toBe(first);
      return first ?? "";
    } finally {
      child.kill("SIGTERM");
      await exited;
    }
  };

  describe.each(ALL)("$name", (kubectl) => {
    it("runs a command with input and output, and exits as it does", async () => {
      const ran = await start(
        kubectl,
        ["exec", "-i", "box", "--", "sh", "-c", "cat; echo told >&2; exit 3"],
        "to the pod",
      );
      expect(ran).toEqual({ code: 3, stdout: "to the pod", stderr: "told\ncommand terminated with exit code 3\n" });
    });

    it("forwards a port to a pod", async () => {
      expect(await throughForward(kubectl, "pod/web", 80)).toContain("Welcome to nginx!");
    });
  });

  describe.each(ENDS)("$name", (kubectl) => {
    it("says why a command cannot run", async () => {
      const none = await start(kubectl, ["exec", "box", "--", "nothing"]);
      expect(none.code).toBe(1);
      expect(none.stderr).toContain('exec: "nothing": executable file not found in $PATH');
      const container = await start(kubectl, ["exec", "box", "-c", "other", "--", "ls"]);
      expect(container.stderr).toBe("Error from server (BadRequest): container other is not valid for pod box\n");
      const stopped = await start(kubectl, ["exec", "crashing", "--", "ls"]);
      expect(stopped.stderr).toBe('error: unable to upgrade connection: container not found ("main")\n');
      const refused = await start(kubectl, ["exec", "box", "--", "rm", "-rf", "/"]);
      expect([refused.code, refused.stderr]).toEqual([
        1,
        `The pods "box" is invalid: : ValidatingAdmissionPolicy 'commands' with binding 'commands' denied request: no rm\n`,
      ]);
    });

    it("copies files there and back, byte for byte", async () => {
      const bytes = randomBytes(5000);
      const [here, back] = ["there", "back"].map((name) => join(fleet.folder, `${kubectl.name}-${name}`)) as [
        string,
        string,
      ];
      writeFileSync(here, bytes);
      expect((await start(kubectl, ["cp", here, "box:/tmp/copy"])).stderr).toBe("");
      expect((await start(kubectl, ["cp", "box:/tmp/copy", back])).code).toBe(0);
      expect(readFileSync(back).equals(bytes)).toBe(true);
    });

    it("debugs a pod with a container of its own", async () => {
      const name = `debug-${kubectl.name.replaceAll(".", "-")}`;
      const argv = ["debug", "-i", "web", "--image=busybox", "-c", name, "--", "sh"];
      const ran = await start(kubectl, argv, "hostname\ncat /etc/hostname\nexit\n");
      expect([ran.code, ran.stdout]).toEqual([0, "web\nweb\n"]);
      expect((await start(kubectl, ["logs", "web", "-c", name])).stdout).toBe("web\nweb\n");
    });

    it("attaches to what it runs, and deletes it afterwards", async () => {
      const argv = ["run", "-i", "--rm", "--restart=Never", "--image=busybox", "task", "--", "sh", "-c", "cat; exit 4"];
      const ran = await start(kubectl, argv, "typed\n");
      expect(ran.code).toBe(4);
      expect(ran.stdout).toBe('typed\npod "task" deleted\n');
      expect(ran.stderr).toContain("pod default/task terminated (Error)");
    });
  });

  it("reads logs: the instance before, those of a selector, with times, as they come", async () => {
    await eventually(
      () => newest("logs", "crashing", "--previous"),
      ({ stdout }) => stdout === "going down\n",
    ).then(({ stdout }) => expect(stdout).toBe("going down\n"));
    expect((await newest("logs", "-l", "app=pair")).stdout).toBe("up\nup\n");
    expect((await newest("logs", "-l", "app=pair", "--prefix")).stdout).toMatch(/^(\[pod\/pair-\S+\/main\] up\n){2}$/);
    expect((await newest("logs", "deploy/pair", "--timestamps", "--tail=1")).stdout).toMatch(
      /^2023-06-12T\S{18}Z up\n$/,
    );
    expect((await newest("logs", "box", "--previous")).stderr).toBe(
      'Error from server (BadRequest): previous terminated container "main" in pod "box" not found\n',
    );
    await newest(
      "run",
      "talker",
      "--image=busybox",
      "--restart=Never",
      "--",
      "sh",
      "-c",
      "for i in 1 2; do sleep 1; echo $i; done",
    );
    await newest("wait", "--for=condition=Ready", "pod/talker", "--timeout=10s");
    expect((await newest("logs", "-f", "talker")).stdout).toBe("1\n2\n");
  });

  it("forwards to services and deployments, and says when nobody listens", async () => {
    expect(await throughForward(NEWEST, "svc/web", 8080)).toContain("Welcome to nginx!");
    await expect(throughForward(NEWEST, "deploy/pair", 80)).rejects.toThrow();
  });

  it("reaches pods and services through the API server", async () => {
    const inDefault = "/api/v1/namespaces/default";
    for (const path of ["pods/web/proxy/", "pods/web:80/proxy/", "services/web:8080/proxy/"])
      expect((await newest("get", "--raw", `${inDefault}/${path}`)).stdout).toContain("Welcome to nginx!");
    const refused = await newest("get", "--raw", `${inDefault}/pods/web:81/proxy/`);
    expect(refused.stderr).toMatch(/ServiceUnavailable.*connection refused/);
  });

  it("S4-52 leaves a pod running that was attached to, and enters it with exec", async () => {
    const child = spawn(NEWEST.program, withConfig(["run", "-i", "--image=ubuntu:18.04", "btg"]), {
      env: environment(),
    });
    const exited = once(child, "exit");
    await newest("wait", "--for=condition=Ready", "pod/btg", "--timeout=20s").catch(() => undefined);
    await eventually(
      () => newest("get", "pod", "btg", "-o", "jsonpath={.status.phase}"),
      ({ stdout }) => stdout === "Running",
    );
    child.kill("SIGINT");
    await exited;
    expect((await newest("get", "pod", "btg", "-o", "jsonpath={.status.phase}")).stdout).toBe("Running");
    const entered = await eventually(
      () => start(NEWEST, ["exec", "-i", "btg", "--", "bash"], "hostname\nexit\n"),
      ({ code }) => code === 0,
    );
    expect(entered.stdout).toBe("btg\n");
  });

  describe("with the service of another cluster", () => {
    let address: string;
    beforeAll(async () => {
      for (const file of ["workload", "crd-policies", "export", "import"])
        await fleet.host("apply", "-f", join(SAMPLE, `${file}.yaml`));
      await fleet.host("wait", "--for=jsonpath={.status.readyReplicas}=2", "deployment/serve", "--timeout=20s");
      const derived = await eventually(
        () => newest("get", "service", "derived-serve", "-o", "jsonpath={.spec.clusterIP}"),
        ({ stdout }) => stdout !== "",
      );
      address = derived.stdout;
      await eventually(
        () =>
          newest(
            "get",
            "endpointslices",
            "-l",
            "kubernetes.io/service-name=derived-serve",
            "-o",
            "jsonpath={.items[*].endpoints}",
          ),
        ({ stdout }) => stdout !== "",
      );
    });

    const request = (kubectl: Kubectl, target: string): Promise<Ran> =>
      start(kubectl, [
        ..."run -i --rm --restart=Never --image=jeremyot/request:0a40de8 request -- --duration=3s".split(" "),
        `--address=${target}`,
      ]);
    const greeted = ({ code, stdout, stderr }: Ran): void => {
      expect(code).toBe(0);
      expect(stdout).toBe('pod "request" deleted\n');
      const [prompt, ...lines] = stderr.trimEnd().split("\n");
      expect(prompt).toBe("If you don't see a command prompt, try pressing enter.");
      // Whoever attaches may miss the first.
      expect(lines.length).toBeGreaterThanOrEqual(1);
      expect(lines.length).toBeLessThanOrEqual(4);
      for (const line of lines) expect(line).toMatch(HELLO);
    };

    it.each(ENDS)("S4-25 S4-26 S4-29 prints what the pods of the first cluster say ($name)", async (kubectl) => {
      greeted(await request(kubectl, kubectl === NEWEST ? "derived-serve.default.svc.cluster.local" : address));
    });

    it("S4-28 does so in the first cluster by the service's own name", async () => {
      const argv = "run -i --rm --restart=Never --image=jeremyot/request:0a40de8 request -- --duration=3s";
      greeted(await fleet.member("member1", ...argv.split(" "), "--address=serve.default.svc.cluster.local"));
    });
  });
});
