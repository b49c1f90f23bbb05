import { admissionregistrationResources } from "./admissionregistration/resources.ts";
import { apiextensionsResources } from "./apiextensions/resources.ts";
import { apiregistrationResources } from "./apiregistration/resources.ts";
import { appsResources } from "./apps/resources.ts";
import { autoscalingResources } from "./autoscaling/resources.ts";
import { batchResources } from "./batch/resources.ts";
import { certificatesResources } from "./certificates/resources.ts";
import { coordinationResources } from "./coordination/resources.ts";
import { coreResources } from "./core/resources.ts";
import type { ResourceDescriptor } from "./descriptor.ts";
import { discoveryResources } from "./discovery/resources.ts";
import { disruptionResources } from "./disruption/resources.ts";
import { eventsResources } from "./events/event.ts";
import { flowcontrolResources } from "./flowcontrol/resources.ts";
import { networkingResources } from "./networking/resources.ts";
import { nodeResources } from "./node/resources.ts";
import { rbacResources } from "./rbac/resources.ts";
import { resourceResources } from "./resource/resources.ts";
import { reviewResources } from "./reviews/resources.ts";
import { schedulingResources } from "./scheduling/resources.ts";
import { storageResources } from "./storage/resources.ts";

/** Every resource a Kubernetes API server serves by itself, in the order discovery lists its groups. */
export const builtinDescriptors: readonly ResourceDescriptor[] = [
  ...coreResources,
  ...apiregistrationResources,
  ...appsResources,
  ...eventsResources,
  ...reviewResources,
  ...autoscalingResources,
  ...batchResources,
  ...certificatesResources,
  ...networkingResources,
  ...disruptionResources,
  ...rbacResources,
  ...storageResources,
  ...admissionregistrationResources,
  ...apiextensionsResources,
  ...schedulingResources,
  ...coordinationResources,
  ...nodeResources,
  ...discoveryResources,
  ...resourceResources,
  ...flowcontrolResources,
];
