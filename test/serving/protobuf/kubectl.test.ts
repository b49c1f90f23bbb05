import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, type ServedFleet, serve } from "../../cli/served-fleet.ts";

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

describe.skipIf(present.length === 0)(
  "the imperative commands of every kubectl, which speak protobuf from 1.32 on",
  () => {
    let fleet: ServedFleet;
    beforeAll(async () => {
      fleet = await serve("--members", "1");
      await fleet.member("member1", "create", "deployment", "scaled", "--image=nginx");
    });
    afterAll(async () => {
      await fleet.stop();
    });
    const kubectl = async (minor: number, ...argv: readonly string[]): Promise<string> => {
      const env = { ...process.env, KUBECACHEDIR: join(fleet.folder, `cache-${minor}`), HOME: fleet.folder };
      const ran = await run(programOf(minor), ["--kubeconfig", join(fleet.folder, "members.config"), ...argv], { env });
      expect(ran.stderr).toBe("");
      return ran.stdout;
    };
    const created = (minor: number, command: string): Promise<readonly unknown[]> => {
      const [options = "", rest] = command.split(" -- ");
      const argv = options.split(" ").map((word) => word.replaceAll("_", " "));
      const given = rest === undefined ? [] : ["--", ...rest.split(" ")];
      return kubectl(minor, "create", ...argv, "--dry-run=server", "-o", "json", ...given).then(written);
    };

    it.concurrent.each(present)(
      "kubectl 1.%i creates what the oldest one creates in JSON",
      async (minor) => {
        for (const command of CREATIONS)
          expect(await created(minor, command)).toEqual(await created(present[0] as number, command));
      },
      60_000,
    );

    it.concurrent.each(present)(
      "kubectl 1.%i scales, asks for rights and drains",
      async (minor) => {
        const autoscale = ["autoscale", "deployment", "scaled", "--min=1", "--max=3", "--dry-run=server"];
        expect(await kubectl(minor, ...autoscale)).toContain("autoscaled (server dry run)");
        expect(await kubectl(minor, "auth", "can-i", "create", "pods")).toBe("yes\n");
        const [node = ""] = (await kubectl(minor, "get", "nodes", "-o", "name")).split("\n");
        const drained = await kubectl(minor, "drain", node, "--dry-run=server", "--force", "--ignore-daemonsets");
        expect(drained).toContain(`${node} drained (server dry run)`);
        await kubectl(minor, "create", "namespace", `kept-${minor}`);
        await kubectl(minor, "-n", `kept-${minor}`, "create", "configmap", "made", "--from-literal=a=b");
        expect(
          await kubectl(minor, "-n", `kept-${minor}`, "get", "configmap", "made", "-o", "jsonpath={.data.a}"),
        ).toBe("b");
      },
      60_000,
    );
  },
);

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
