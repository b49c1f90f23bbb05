import { expect, it } from "vitest";
import type { Container, PodSpec } from "../../../src/api/index.ts";
import { Pod } from "../../../src/api/index.ts";
import { oneCluster } from "../../network/proxy/one-cluster.ts";
import { pod } from "../pods.ts";

const SLEEP: Partial<Container> = { command: ["sleep", "1d"] };

/** What pods and containers ask to run as, and what `id` says there. */
it.each<readonly [object | undefined, object | undefined, string]>([
  [undefined, undefined, "uid=0(root) gid=0(root) groups=0(root)"],
  [{ runAsUser: 1001 }, undefined, "uid=1001 gid=0(root) groups=0(root)"],
  [{ runAsUser: 1001, runAsGroup: 2002 }, { runAsUser: 65534 }, "uid=65534 gid=2002 groups=2002"],
  [{ fsGroup: 1234, supplementalGroups: [5678] }, undefined, "uid=0(root) gid=0(root) groups=0(root),1234,5678"],
])("runs a pod of %j, a container of %j as %s", (ofPod, ofContainer, told) => {
  const world = oneCluster();
  const contexts = { ...SLEEP, ...(ofContainer === undefined ? {} : { securityContext: { ...ofContainer } }) };
  world.create(Pod, pod("p", ofPod === undefined ? {} : { securityContext: { ...ofPod } }, contexts));
  expect(world.exec("p", "id")).toBe(`${told}\n`);
});

/** Who must not run as root, and what is said of it. */
it.each<readonly [string, object, string, string | undefined]>([
  ["with a user", { runAsNonRoot: true, runAsUser: 1 }, "busybox", undefined],
  ["whose image has a user", { runAsNonRoot: true }, "registry.k8s.io/e2e-test-images/nonroot:1.4", undefined],
  ["as root", { runAsNonRoot: true, runAsUser: 0 }, "busybox", "container's runAsUser breaks non-root policy"],
  ["of no user", { runAsNonRoot: true }, "busybox", "container has runAsNonRoot and image will run as root"],
])("starts a container %s, or not", (_who, securityContext, image, refusal) => {
  const world = oneCluster();
  world.create(Pod, pod("p", {}, { image, ...SLEEP, securityContext: { ...securityContext } }));
  const { uid, name } = world.get(Pod, "p").metadata;
  const state = world.get(Pod, "p").status?.containerStatuses?.[0]?.state;
  if (refusal === undefined) expect(state?.running).toBeDefined();
  else
    expect(state?.waiting).toEqual({
      reason: "CreateContainerConfigError",
      message: `${refusal} (pod: "${name}_default(${uid})", container: main)`,
    });
});

const ended = (script: string, container: Partial<Container>, spec: Partial<PodSpec> = {}) => {
  const world = oneCluster();
  world.create(Pod, pod("p", { restartPolicy: "Never", ...spec }, { command: ["sh", "-c", script], ...container }));
  return world.get(Pod, "p").status?.containerStatuses?.[0]?.state?.terminated;
};

/** What a container writes and how it ends, and what is read of it afterwards. */
it.each<readonly [string, Partial<Container>, string | undefined]>([
  ["echo -n OK > /dev/termination-log", {}, "OK"],
  ["echo -n OK > /own/log", { terminationMessagePath: "/own/log" }, "OK"],
  ["echo words; exit 1", {}, undefined],
  ["echo words; exit 1", { terminationMessagePolicy: "FallbackToLogsOnError" }, "words\n"],
  ["echo words", { terminationMessagePolicy: "FallbackToLogsOnError" }, undefined],
  ["echo -n OK > /dev/termination-log; echo x", { terminationMessagePolicy: "FallbackToLogsOnError" }, "OK"],
])("leaves of `%s` with %j the message %j", (script, container, message) => {
  expect(ended(script, container)?.message).toBe(message);
});
