import type { YamlCodec } from "../algorithms/index.ts";
import type { AnyDefinition } from "../controller/index.ts";
import { clusterController } from "./cluster/cluster-controller.ts";
import { clusterStatusController } from "./cluster/cluster-status-controller.ts";
import { executionController } from "./execution/execution.ts";
import type { Interpreter } from "./interpreter/index.ts";
import { namespaceSyncController } from "./namespace/namespace-sync.ts";
import { clusterSetIpController } from "./service-discovery/cluster-set-ip-controller.ts";
import { endpointSliceController } from "./service-discovery/endpoint-slice-controller.ts";
import { serviceExportController } from "./service-discovery/service-export-controller.ts";
import { serviceImportController } from "./service-discovery/service-import-controller.ts";
import { bindingStatusController } from "./status/binding-status.ts";
import { unifiedAuthController } from "./unified-auth/unified-auth-controller.ts";

export type MemberPlaneOptions = {
  readonly interpreter: Interpreter;
  readonly yaml: YamlCodec;
  /** Whether members' ServiceImports get the address of their derived Service; Karmada itself leaves them without. */
  readonly fillClusterSetIPs?: boolean;
};

/** The controllers between Works and members: what goes out, what comes back, and the services that cross. */
export function memberPlaneControllers(options: MemberPlaneOptions): readonly AnyDefinition[] {
  const { interpreter, yaml, fillClusterSetIPs = true } = options;
  return [
    clusterController,
    clusterStatusController,
    unifiedAuthController,
    namespaceSyncController({ yaml }),
    executionController(interpreter),
    bindingStatusController(interpreter),
    serviceExportController,
    endpointSliceController,
    serviceImportController,
    ...(fillClusterSetIPs ? [clusterSetIpController] : []),
  ];
}
