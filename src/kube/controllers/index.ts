import type { AnyDefinition } from "../../controller/index.ts";
import { cronJobController } from "./cron-job/cron-job.ts";
import { daemonSetController } from "./daemon-set/daemon-set.ts";
import { deploymentController } from "./deployment/deployment.ts";
import { jobController } from "./job/job.ts";
import { ttlAfterFinishedController } from "./job/time-to-live.ts";
import { replicaSetController, replicationController } from "./replica-set/replica-set.ts";
import { statefulSetController } from "./stateful-set/stateful-set.ts";

/** The controllers that keep workloads: what makes pods of Deployments, ReplicaSets and their like; as of `minor`, Kubernetes 1.N. */
export const workloadControllers = (minor: number): readonly AnyDefinition[] => [
  deploymentController,
  replicaSetController,
  replicationController,
  statefulSetController(minor),
  daemonSetController(minor),
  jobController,
  ttlAfterFinishedController,
  cronJobController,
];
