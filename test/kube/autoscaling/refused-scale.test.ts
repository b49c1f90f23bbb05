import { expect, it } from "vitest";
import { World } from "../../../src/index.ts";

const OBJECTS = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 5
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: busybox, command: [sleep, infinity]}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-fewer}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments/scale]}]
  validations: [{expression: object.spec.replicas >= oldObject.spec.replicas, message: never fewer}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-fewer}
spec: {policyName: no-fewer, validationActions: [Deny]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
`;

it("says that a scale was refused, and scales once it is not", async () => {
  const world = await World.create({ members: [{ name: "member1" }] });
  const member = world.member("member1");
  await member.apply(OBJECTS);
  await world.advance("20s");
  const read = async () => (await member.get("horizontalpodautoscalers", "web")) as unknown;
  const refusal =
    "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'no-fewer' with binding 'no-fewer' denied request: never fewer";
  expect(await read()).toMatchObject({
    status: {
      currentReplicas: 5,
      desiredReplicas: 0,
      conditions: [
        {
          type: "AbleToScale",
          status: "False",
          reason: "FailedUpdateScale",
          message: `the HPA controller was unable to update the target scale: ${refusal}`,
        },
      ],
    },
  });
  expect(await read()).not.toHaveProperty("status.lastScaleTime");
  const told = async () =>
    (await member.list("events", { namespace: "default" }))
      .filter((event) => /Rescale/.test(String(event.reason)))
      .map((event) => `${event.type} ${event.reason} ${event.message}`);
  const size = "New size: 3; reason: Current number of replicas above Spec.MaxReplicas";
  expect(await told()).toEqual([`Warning FailedRescale ${size}; error: ${refusal}`]);
  await member.delete("validatingadmissionpolicybindings", "no-fewer");
  await world.advance("15s");
  expect(await member.get("deployments", "web")).toMatchObject({ spec: { replicas: 3 } });
  expect(await told()).toContain(`Normal SuccessfulRescale ${size}`);
  await world.stop();
});
