import { describe, expect, it } from "vitest";
import { LimitRange, PersistentVolumeClaim, Pod } from "../../../src/api/index.ts";
import { getPath } from "../../../src/apimachinery/index.ts";
import type { ApiRequest } from "../../../src/apiserver/index.ts";
import { type Fixture, fixture, object } from "../fixture.ts";

type Fields = Readonly<Record<string, unknown>>;

function limited(...limits: readonly Fields[]): Fixture {
  const made = fixture();
  const range = object("v1", "LimitRange", { name: "l", namespace: "default" }, { spec: { limits } });
  made.good({ verb: "create", kind: LimitRange, namespace: "default", object: range });
  return made;
}

function pod(...resources: readonly Fields[]): ApiRequest {
  const containers = resources.map((one, index) => ({ name: `c${index}`, image: "i", resources: one }));
  const made = object("v1", "Pod", { name: "p", namespace: "default" }, { spec: { containers } });
  return { verb: "create", kind: Pod, namespace: "default", object: made };
}

const container = (fields: Fields): Fields => ({ type: "Container", ...fields });

describe("a LimitRange", () => {
  it("gives containers what they do not say themselves", () => {
    const made = limited(container({ default: { cpu: "500m" }, defaultRequest: { cpu: "100m", memory: "64Mi" } }));
    const created = made.good(pod({}));
    expect(getPath(created, ["spec", "containers", "0", "resources"])).toEqual({
      limits: { cpu: "500m" },
      requests: { cpu: "100m", memory: "64Mi" },
    });
    expect(created.metadata.annotations).toEqual({
      "kubernetes.io/limit-ranger":
        "LimitRanger plugin set: cpu, memory request for container c0; cpu limit for container c0",
    });
  });

  it.each([
    [
      { min: { cpu: "100m" } },
      { requests: { cpu: "50m" } },
      "minimum cpu usage per Container is 100m, but request is 50m",
    ],
    [{ max: { cpu: "1" } }, { limits: { cpu: "2" } }, "maximum cpu usage per Container is 1, but limit is 2"],
    [
      { max: { memory: "1Gi" }, min: { memory: "1Mi" } },
      { limits: { memory: "2Gi" }, requests: { memory: "1Ki" } },
      "[minimum memory usage per Container is 1Mi, but request is 1Ki, maximum memory usage per Container is 1Gi, but limit is 2Gi]",
    ],
    [
      { maxLimitRequestRatio: { cpu: "2" } },
      { requests: { cpu: "1" }, limits: { cpu: "3" } },
      "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000",
    ],
  ])("bounds what a container asks for: %j %j", (bounds, resources, message) => {
    expect(limited(container(bounds)).bad(pod(resources))).toMatchObject({
      code: 403,
      message: `pods "p" is forbidden: ${message}`,
    });
  });

  it("decides on the class of service of a pod that asks for nothing itself", () => {
    const made = limited(container({ defaultRequest: { cpu: "100m" } }));
    expect(getPath(made.good(pod({})), ["status", "qosClass"])).toBe("Burstable");
  });

  it.each([
    [{ resources: { limits: { cpu: "2" } } }, "2"],
    [{ initContainers: [{ name: "i", image: "i", resources: { limits: { cpu: "3" } } }] }, "3"],
    [
      {
        initContainers: [
          { name: "side", image: "i", restartPolicy: "Always", resources: { limits: { cpu: "700m" } } },
          { name: "i", image: "i", resources: { limits: { cpu: "200m" } } },
        ],
      },
      "1300m",
    ],
  ])("counts what pods, init containers and sidecars state: %j", (spec, limit) => {
    const { object: whole, ...creation } = pod({ limits: { cpu: "600m" } });
    const stated = { ...whole, spec: { ...(whole as unknown as { readonly spec: object }).spec, ...spec } };
    expect(limited({ type: "Pod", max: { cpu: "1" } }).bad({ ...creation, object: stated as never }).message).toBe(
      `pods "p" is forbidden: maximum cpu usage per Pod is 1, but limit is ${limit}`,
    );
  });

  it("bounds what a pod asks for as a whole", () => {
    const made = limited({ type: "Pod", max: { cpu: "1" } });
    const half = { limits: { cpu: "600m" } };
    expect(made.bad(pod(half, half)).message).toBe(
      'pods "p" is forbidden: maximum cpu usage per Pod is 1, but limit is 1200m',
    );
    expect(made.bad(pod({})).message).toBe(
      'pods "p" is forbidden: maximum cpu usage per Pod is 1.  No limit is specified',
    );
    made.good(pod(half));
  });

  it("bounds what a claim asks for", () => {
    const made = limited({ type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "2Gi" } });
    const claim = (storage: string): ApiRequest => ({
      verb: "create",
      kind: PersistentVolumeClaim,
      namespace: "default",
      object: object(
        "v1",
        "PersistentVolumeClaim",
        { name: "c", namespace: "default" },
        { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } } },
      ),
    });
    expect(made.bad(claim("3Gi")).message).toBe(
      'persistentvolumeclaims "c" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    );
    expect(made.bad(claim("1Mi")).message).toContain(
      "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi",
    );
    made.good(claim("1Gi"));
  });
});
