import type { YamlCodec } from "../algorithms/index.ts";
import type { AnyDefinition } from "../controller/index.ts";
import { bindingController } from "./binding/binding-controller.ts";
import { bindingScopes } from "./binding-scope.ts";
import { dependenciesDistributor } from "./dependencies/dependencies-distributor.ts";
import { detectorController } from "./detector/detector.ts";
import { policyController } from "./detector/policy-controller.ts";
import { policyScopes } from "./detector/policy-scope.ts";
import type { SkippedResources } from "./detector/propagatable.ts";
import { type Interpreter, nativeInterpreter } from "./interpreter/index.ts";
import { type LighthouseOptions, lighthouseController } from "./lighthouse/lighthouse-controller.ts";
import { memberPlaneControllers } from "./member-plane.ts";
import { schedulerController } from "./scheduler/scheduler.ts";

/** What a federation is given; everything but the YAML codec has Karmada's defaults. */
export type FederationOptions = {
  /** Reads and writes the YAML that field overriders change; the library for it lives on the roof. */
  readonly yaml: YamlCodec;
  readonly interpreter?: Interpreter;
  /** What is never propagated. */
  readonly skipped?: SkippedResources;
  readonly schedulerName?: string;
  /** Whether members' ServiceImports get the address of their derived Service (on by default). */
  readonly fillClusterSetIPs?: boolean;
  /** Whether what members export is imported everywhere, as Submariner's Lighthouse does (off by default). */
  readonly lighthouse?: LighthouseOptions | undefined;
};

/** All controllers of a federation's control plane. They run against the host; members are read through the snapshots. */
export function federationControllers(options: FederationOptions): readonly AnyDefinition[] {
  const { yaml, interpreter = nativeInterpreter(), fillClusterSetIPs = true, lighthouse } = options;
  return [
    ...placementControllers({ ...options, interpreter }),
    ...memberPlaneControllers({ interpreter, yaml, fillClusterSetIPs }),
    ...(lighthouse === undefined ? [] : [lighthouseController(lighthouse)]),
  ];
}

/** The half that never looks at a member: from templates and policies to Works. */
export function placementControllers(options: FederationOptions): readonly AnyDefinition[] {
  const { yaml, interpreter = nativeInterpreter(), skipped = {}, schedulerName } = options;
  return [
    ...policyScopes.map(policyController),
    detectorController({ interpreter, skipped }),
    schedulerController(schedulerName === undefined ? {} : { schedulerName }),
    dependenciesDistributor({ interpreter }),
    ...bindingScopes.map((scope) => bindingController(scope, { interpreter, yaml })),
  ];
}
