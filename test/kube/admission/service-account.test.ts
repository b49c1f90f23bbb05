import { describe, expect, it } from "vitest";
import { builtinDescriptors, Namespace, Pod, type PodSpec, ServiceAccount } from "../../../src/api/index.ts";
import type { KubeObject, Status } from "../../../src/apimachinery/index.ts";
import { type Answer, ApiServer } from "../../../src/apiserver/index.ts";
import { serviceAccountAdmission } from "../../../src/kube/index.ts";
import { Loop, Random, Trace } from "../../../src/sim/index.ts";

const ADMIN = { name: "admin", groups: ["system:masters"] };
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const CONTAINERS = [{ name: "c", image: "i" }];

type Cluster = {
  readonly account: (name: string, fields?: Partial<ServiceAccount>) => void;
  readonly spec: (spec: Partial<PodSpec>) => PodSpec;
  readonly refusal: (spec: Partial<PodSpec>) => Status;
};

function cluster(): Cluster {
  const server = new ApiServer({
    cluster: "test",
    loop: new Loop({ startMs: 0, random: new Random(7), trace: new Trace() }),
    descriptors: builtinDescriptors,
    version: { major: "1", minor: "34", gitVersion: "v1.34.0" },
    admission: [serviceAccountAdmission()],
    freeze: true,
  });
  const create = (object: KubeObject, kind: typeof Pod | typeof ServiceAccount | typeof Namespace): Answer =>
    server.answer({ verb: "create", kind, object }, ADMIN);
  let pods = 0;
  const make = (spec: Partial<PodSpec>): Answer => {
    const metadata = { name: `p${pods++}`, namespace: "default" };
    return create({ apiVersion: "v1", kind: "Pod", metadata, spec: { containers: CONTAINERS, ...spec } } as Pod, Pod);
  };
  create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } }, Namespace);
  return {
    account: (name, fields = {}) => {
      const metadata = { name, namespace: "default" };
      create({ apiVersion: "v1", kind: "ServiceAccount", metadata, ...fields } as ServiceAccount, ServiceAccount);
    },
    spec: (spec) => {
      const answer = make(spec);
      if (!answer.ok) throw new Error(answer.status.message);
      return answer.object.spec as PodSpec;
    },
    refusal: (spec) => {
      const answer = make(spec);
      if (answer.ok) throw new Error("the pod was admitted");
      return answer.status;
    },
  };
}

describe("a pod", () => {
  const secretKeyRef = { name: "other", key: "k" };
  it.each<readonly [spec: Partial<PodSpec>, why: string]>([
    [
      { volumes: [{ name: "v", secret: { secretName: "other" } }] },
      'volume with secret.secretName="other" is not allowed because service account guarded does not reference that secret',
    ],
    [
      { containers: [{ name: "c", image: "i", env: [{ name: "E", valueFrom: { secretKeyRef } }] }] },
      'container c with envVar E referencing secret.secretName="other" is not allowed because service account guarded does not reference that secret',
    ],
    [
      { initContainers: [{ name: "i", image: "i", envFrom: [{ secretRef: { name: "other" } }] }] },
      'init container i with envFrom referencing secret.secretName="other" is not allowed because service account guarded does not reference that secret',
    ],
    [
      { imagePullSecrets: [{ name: "own" }, { name: "other" }] },
      'imagePullSecrets[1].name="other" is not allowed because service account guarded does not reference that imagePullSecret',
    ],
  ])("has no secrets but its account's, where that says so: %j", (spec, why) => {
    const made = cluster();
    made.account("guarded", {
      metadata: {
        name: "guarded",
        namespace: "default",
        annotations: { "kubernetes.io/enforce-mountable-secrets": "true" },
      },
      secrets: [{ name: "own" }],
      imagePullSecrets: [{ name: "own" }],
    });
    expect(made.refusal({ serviceAccountName: "guarded", ...spec }).message).toMatch(
      new RegExp(`^pods "p\\d+" is forbidden: ${why.replaceAll(/[[\]]/g, "\\$&")}$`),
    );
    made.spec({ serviceAccountName: "guarded", volumes: [{ name: "v", secret: { secretName: "own" } }] });
  });

  it("runs as the default service account unless it names one that exists", () => {
    const { account, spec, refusal } = cluster();
    account("robot");
    expect(spec({})).toMatchObject({ serviceAccountName: "default", serviceAccount: "default" });
    expect(spec({ serviceAccountName: "robot" })).toMatchObject({ serviceAccountName: "robot" });
    expect(refusal({ serviceAccountName: "nobody" })).toMatchObject({
      code: 403,
      message:
        'pods "p2" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    });
  });

  it("finds token, CA and namespace in all its containers", () => {
    const { containers, initContainers, volumes } = cluster().spec({ initContainers: [{ name: "i", image: "i" }] });
    const name = volumes?.[0]?.name;
    expect(name).toMatch(/^kube-api-access-[b-z2-9]{5}$/);
    expect(volumes).toHaveLength(1);
    expect(volumes?.[0]?.projected?.sources).toHaveLength(3);
    for (const { volumeMounts } of [...containers, ...(initContainers ?? [])])
      expect(volumeMounts).toEqual([{ name, readOnly: true, mountPath: MOUNT_PATH }]);
  });

  it("shares what is added with the other pods of its template", () => {
    const { spec } = cluster();
    const template = spec({ automountServiceAccountToken: false });
    const { automountServiceAccountToken: _, ...mounting } = template;
    const [first, second] = [spec(mounting), spec(mounting)];
    expect(first.containers).not.toBe(template.containers);
    expect(first.containers).toBe(second.containers);
    expect(first.volumes).toBe(second.volumes);
  });

  it.each([
    ["it says so", { automountServiceAccountToken: false }, {}],
    ["its account says so", { serviceAccountName: "robot" }, { automountServiceAccountToken: false }],
  ])("goes without a token when %s", (_why, wanted, fields) => {
    const { account, spec } = cluster();
    account("robot", fields);
    expect(spec(wanted).volumes).toBeUndefined();
  });

  it("has the last word over its account, and keeps its own mounts and secrets", () => {
    const { account, spec } = cluster();
    account("robot", { automountServiceAccountToken: false, imagePullSecrets: [{ name: "registry" }] });
    const own = { name: "own", mountPath: MOUNT_PATH };
    const seen = spec({
      serviceAccountName: "robot",
      automountServiceAccountToken: true,
      imagePullSecrets: [{ name: "mine" }],
      containers: [{ name: "c", image: "i", volumeMounts: [own] }],
      volumes: [{ name: "own", emptyDir: {} }],
    });
    expect(seen.volumes?.map(({ name }) => name)).toEqual(["own"]);
    expect(seen.containers[0]?.volumeMounts).toEqual([own]);
    expect(seen.imagePullSecrets).toEqual([{ name: "mine" }]);
    expect(spec({ serviceAccountName: "robot" }).imagePullSecrets).toEqual([{ name: "registry" }]);
  });
});
