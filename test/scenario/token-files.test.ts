import { World } from "atoll-k8s";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const OWN = "/var/run/secrets/tokens/vault";

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "box" },
  spec: {
    containers: [
      {
        ...{ name: "c", image: "busybox", command: ["sleep", "1000000"] },
        volumeMounts: [{ name: "own", mountPath: "/var/run/secrets/tokens" }],
      },
    ],
    volumes: [
      {
        name: "own",
        projected: {
          sources: [{ serviceAccountToken: { path: "vault", audience: "vault", expirationSeconds: 600 } }],
        },
      },
    ],
  },
};

describe("a pod's token", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ members: [{ name: "m" }], seed: 1 });
    await world.member("m").apply(pod);
    await world.settle();
  });
  afterAll(() => world.stop());

  const read = async (path: string): Promise<string> => (await world.member("m").exec("box", ["cat", path])).stdout;
  const review = (token: string, audiences: readonly string[]): Promise<object> =>
    world.member("m").create({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      spec: { token, audiences },
    });

  it("lies beside the authority and the namespace", async () => {
    expect((await world.member("m").exec("box", ["ls", FOLDER])).stdout.split(/\s+/)).toEqual(
      expect.arrayContaining(["ca.crt", "namespace", "token"]),
    );
  });

  it("is its service account's, bound to the pod, and stays the same while it is young", async () => {
    const token = await read(`${FOLDER}/token`);
    expect(await review(token, [])).toMatchObject({
      status: {
        authenticated: true,
        user: {
          username: "system:serviceaccount:default:default",
          extra: { "authentication.kubernetes.io/pod-name": ["box"] },
        },
      },
    });
    expect(await read(`${FOLDER}/token`)).toBe(token);
  });

  it("of a volume of its own is for whom the volume says, and renewed before it expires", async () => {
    const young = await read(OWN);
    expect(await review(young, ["vault"])).toMatchObject({ status: { authenticated: true, audiences: ["vault"] } });
    expect(await review(young, [])).toMatchObject({ status: { user: {}, error: expect.stringContaining("vault") } });
    await world.advance("9m");
    const renewed = await read(OWN);
    expect(renewed).not.toBe(young);
    await world.advance("5m");
    expect(await review(renewed, ["vault"])).toMatchObject({ status: { authenticated: true } });
    expect(await review(young, ["vault"])).toMatchObject({ status: { user: {} } });
  });
});
