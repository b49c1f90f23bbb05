import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ran, run, type ServedFleet, serve } from "../cli/served-fleet.ts";

const FOLDER = "/usr/lib/google-cloud-sdk/bin";
const MINORS = [27, 28, 29, 30, 31, 32, 33];
const programOf = (minor: number): string => join(FOLDER, `kubectl.1.${minor}`);
const present = MINORS.filter((minor) => existsSync(programOf(minor)));
for (const minor of MINORS) if (!present.includes(minor)) process.stderr.write(`skipped: no kubectl.1.${minor}\n`);

const CREATIONS = [
  "deployment web --image=nginx --replicas=0 --port=80",
  "namespace space",
  "job once --image=busybox -- echo hi",
  "cronjob often --image=busybox --schedule=*/5_*_*_*_* -- date",
  "configmap settings --from-literal=a=b",
  "secret generic key --from-literal=x=y",
  "serviceaccount robot",
  "service clusterip front --tcp=80:8080",
  "role reader --verb=get,list --resource=pods",
  "rolebinding reads --role=reader --user=u",
  "clusterrole viewer --verb=get --resource=nodes",
  "clusterrolebinding views --clusterrole=viewer --group=g",
  "ingress outside --rule=foo.com/*=front:80,tls",
  "poddisruptionbudget budget --selector=app=web --min-available=50%",
  "quota limit --hard=pods=10,requests.cpu=1500m",
  "priorityclass high --value=10 --description=d",
];

describe.skipIf(present.length === 0)("every kubectl there is", () => {
  let fleet: ServedFleet;
  beforeAll(async () => {
    fleet = await serve("--members", "1");
    await fleet.member("member1", "create", "deployment", "scaled", "--image=nginx");
  });
  afterAll(async () => {
    await fleet.stop();
  });
  const start = (minor: number, argv: readonly string[], input = ""): Promise<Ran> => {
    const env = { ...process.env, KUBECACHEDIR: join(fleet.folder, `cache-${minor}`), HOME: fleet.folder };
    return run(programOf(minor), ["--kubeconfig", join(fleet.folder, "members.config"), ...argv], { env, input });
  };
  const kubectl = async (minor: number, ...argv: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await start(minor, argv);
    expect(stderr).toBe("");
    return stdout;
  };
  const created = (minor: number, command: string): Promise<readonly unknown[]> => {
    const [options = "", rest] = command.split(" -- ");
    const argv = options.split(" ").map((word) => word.replaceAll("_", " "));
    const given = rest === undefined ? [] : ["--", ...rest.split(" ")];
    return kubectl(minor, "create", ...argv, "--dry-run=server", "-o", "json", ...given).then(written);
  };
  const known = new Map<string, Promise<readonly unknown[]>>();
  const createdByOldest = (command: string): Promise<readonly unknown[]> => {
    const creation = known.get(command) ?? created(present[0] as number, command);
    known.set(command, creation);
    return creation;
  };
  const each = it.concurrent.each(present);

  each(
    "kubectl 1.%i creates what the oldest one creates, though from 1.32 on it speaks protobuf",
    async (minor) => {
      for (const command of CREATIONS) expect(await created(minor, command)).toEqual(await createdByOldest(command));
    },
    60_000,
  );

  each(
    "kubectl 1.%i scales, asks for rights and drains",
    async (minor) => {
      const autoscale = ["autoscale", "deployment", "scaled", "--min=1", "--max=3", "--dry-run=server"];
      expect(await kubectl(minor, ...autoscale)).toContain("autoscaled (server dry run)");
      expect(await kubectl(minor, "auth", "can-i", "create", "pods")).toBe("yes\n");
      const [node = ""] = (await kubectl(minor, "get", "nodes", "-o", "name")).split("\n");
      const drained = await start(minor, ["drain", node, "--dry-run=server", "--force", "--ignore-daemonsets"]);
      expect(drained.stdout).toContain(`${node} drained (server dry run)`);
      expect(drained.stderr).toMatch(/^Warning: ignoring DaemonSet-managed Pods: .*kube-system\/kube-proxy-\w{5}\n$/);
      const namespace = ["--namespace", `kept-${minor}`];
      await kubectl(minor, "create", "namespace", `kept-${minor}`);
      await kubectl(minor, ...namespace, "create", "configmap", "made", "--from-literal=a=b");
      expect(await kubectl(minor, ...namespace, "get", "configmap", "made", "-o", "jsonpath={.data.a}")).toBe("b");
    },
    60_000,
  );

  each(
    "kubectl 1.%i explains kinds, and knows which there are not",
    async (minor) => {
      expect(await kubectl(minor, "explain", "deployments.spec.strategy")).toContain("Type of deployment.");
      expect(await kubectl(minor, "explain", "crd", "--recursive")).toContain("openAPIV3Schema");
      expect(await kubectl(minor, "explain", "pods", "--output=plaintext-openapiv2")).toContain("VERSION:  v1");
      const input = "apiVersion: nobody.example/v1\nkind: Nothing\nmetadata: {name: x}\n";
      const { stderr } = await start(minor, ["apply", "-f", "-"], input);
      expect(stderr).toContain(
        'error: resource mapping not found for name: "x" namespace: "" from "STDIN": no matches for kind "Nothing" in version "nobody.example/v1"',
      );
    },
    60_000,
  );
});

/** The fields of an object that do not differ from one creation to the next, as `path: value` lines would tell them. */
function written(json: string): readonly unknown[] {
  const changing = new Set([
    "uid",
    "creationTimestamp",
    "clusterIP",
    "clusterIPs",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    // Unknown to the oldest.
    "podReplacementPolicy",
  ]);
  const lines: unknown[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) lines.push(`${path}: ${value}`);
    else for (const [key, part] of Object.entries(value)) if (!changing.has(key)) walk(part, `${path}.${key}`);
  };
  walk(JSON.parse(json), "");
  return lines.sort();
}
