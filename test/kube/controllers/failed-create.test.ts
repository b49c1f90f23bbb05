import { expect, it } from "vitest";
import { World } from "../../../src/index.ts";

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: robot, containers: [{name: main, image: busybox, command: [sleep, infinity]}]}
`;

it("says of every pod refused the same, tries again ever later, and goes on when the reason is gone", async () => {
  const world = await World.create({ members: [{ name: "member1" }] });
  const member = world.member("member1");
  await member.apply(WEB);
  await world.settle();
  const [set] = await member.list("replicasets", { namespace: "default" });
  const refusal = `pods "${set?.metadata.name}-" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found`;
  expect(set).toMatchObject({
    status: {
      replicas: 0,
      conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: refusal }],
    },
  });
  const written = set?.metadata.resourceVersion;
  await world.advance("30s");
  expect((await member.list("replicasets", { namespace: "default" }))[0]?.metadata.resourceVersion).toBe(written);
  const events = await member.list("events", { namespace: "default" });
  const refusals = events.filter((event) => event.reason === "FailedCreate");
  expect(refusals).toMatchObject([{ message: `Error creating: ${refusal}` }]);
  expect(refusals[0]?.count).toBeLessThan(20);
  await member.apply("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n");
  await world.advance("30s");
  expect(await member.get("deployments", "web")).toMatchObject({ status: { readyReplicas: 2 } });
  await world.stop();
});
