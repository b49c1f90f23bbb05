import type { AnyDefinition } from "../../controller/index.ts";
import { deploymentController } from "./deployment/deployment.ts";
import { replicaSetController } from "./replica-set/replica-set.ts";

/** The controllers that keep workloads: what makes pods of Deployments, ReplicaSets and their like. */
export const workloadControllers: readonly AnyDefinition[] = [deploymentController, replicaSetController];
