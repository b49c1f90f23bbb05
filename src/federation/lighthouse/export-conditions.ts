import type { Condition, ServiceExport, ServiceImportPort } from "../../api/index.ts";
import { findCondition, setCondition } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { type Exporter, judgeExport, type ServiceSet, type ValidExport } from "./exports.ts";

type Conflict = { readonly reason: string; readonly message: string };
type Conditions = readonly Condition[] | undefined;

/**
 * What a ServiceExport is told of itself, in Lighthouse's words, which are older than the standard's. Where upstream gives no
 * reason, the standard's is given, since the served schema wants one.
 */
export function exportConditions(exporter: Exporter, set: ServiceSet | undefined, nowMs: number): Conditions {
  const before: Conditions = exporter.serviceExport.status?.conditions;
  const verdict = judgeExport(exporter);
  const put = (conditions: Conditions, condition: Condition): Conditions => setCondition(conditions, condition, nowMs);
  if (!verdict.ok) {
    const { reason, message } = verdict;
    const invalid = put(before, { type: "Valid", status: "False", reason, message });
    if (findCondition(before, "Ready") === undefined) return invalid;
    return put(invalid, {
      type: "Ready",
      status: "False",
      reason: "NoServiceImport",
      message: "ServiceImport was deleted",
    });
  }
  const conflicts = set === undefined ? [] : conflictsOf(verdict.valid, set);
  const valid = put(before, { type: "Valid", status: "True", reason: "Valid", message: "" });
  const ready = put(valid, readiness(verdict.valid, set));
  if (conflicts.length > 0)
    return put(ready, {
      type: "Conflict",
      status: "True",
      reason: conflicts.map(({ reason }) => reason).join(","),
      message: conflicts.map(({ message }) => message).join("\n"),
    });
  // Only who has been in conflict hears that it is over.
  if (findCondition(before, "Conflict") === undefined) return ready;
  return put(ready, { type: "Conflict", status: "False", reason: "NoConflicts", message: "" });
}

/** Whether two exports would be told the same. */
export function sameConditions({ status }: ServiceExport, conditions: Conditions): boolean {
  return deepEqual(status?.conditions ?? [], conditions ?? []);
}

function readiness({ type }: ValidExport, set: ServiceSet | undefined): Condition {
  const isExported = set === undefined || set.oldest.type === type;
  return isExported
    ? { type: "Ready", status: "True", reason: "Exported", message: "Service was successfully exported to the broker" }
    : {
        type: "Ready",
        status: "False",
        reason: "ExportFailed",
        message: "Unable to export due to an irresolvable conflict",
      };
}

function conflictsOf(own: ValidExport, set: ServiceSet): readonly Conflict[] {
  const { oldest } = set;
  if (own.type !== oldest.type)
    return [
      {
        reason: "ConflictingType",
        message: `The local service type ("${own.type}") does not match the type ("${oldest.type}") of the existing exported service`,
      },
    ];
  return [portsConflict(set), affinityConflict(own, oldest), timeoutConflict(own, oldest), ipConflict(own, oldest)]
    .flat()
    .filter((conflict) => conflict !== undefined);
}

function portsConflict(set: ServiceSet): Conflict | undefined {
  if (!set.portsConflict) return undefined;
  const [operation, ports] = set.oldest.wantsClusterSetIP
    ? ["union", set.portsUnion]
    : ["intersection", set.portsCommon];
  const clusters = set.agreeing.map(({ cluster }) => cluster).sort();
  return {
    reason: "ConflictingPorts",
    message: `The service ports conflict between the constituent clusters [${clusters.join(", ")}]. The service will expose the ${operation} of all the ports: ${portsText(ports as readonly ServiceImportPort[])}`,
  };
}

function affinityConflict(own: ValidExport, oldest: ValidExport): Conflict | undefined {
  const [mine, theirs] = [own, oldest].map(({ service }) => service.spec.sessionAffinity ?? "None");
  if (mine === theirs) return undefined;
  return {
    reason: "ConflictingSessionAffinity",
    message: `The local service SessionAffinity "${mine}" conflicts with other constituent clusters. Using SessionAffinity "${theirs}" from the oldest exported service in cluster "${oldest.cluster}".`,
  };
}

function timeoutConflict(own: ValidExport, oldest: ValidExport): Conflict | undefined {
  const [mine, theirs] = [own, oldest].map(({ service }) => {
    const seconds = service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    return seconds === undefined ? "none" : `ClientIP TimeoutSeconds: ${seconds}`;
  });
  if (mine === theirs) return undefined;
  return {
    reason: "ConflictingSessionAffinityConfig",
    message: `The local service SessionAffinityConfig "${mine}" conflicts with other constituent clusters. Using SessionAffinityConfig "${theirs}" from the oldest exported service in cluster "${oldest.cluster}".`,
  };
}

function ipConflict(own: ValidExport, oldest: ValidExport): Conflict | undefined {
  if (own.type === "Headless" || own.wantsClusterSetIP === oldest.wantsClusterSetIP) return undefined;
  return {
    reason: "ConflictingClusterSetIPEnablement",
    message: `The local service clusterset IP enablement setting "${own.wantsClusterSetIP}" conflicts with the enablement setting "${oldest.wantsClusterSetIP}" determined by the first exporting cluster "${oldest.cluster}".`,
  };
}

function portsText(ports: readonly ServiceImportPort[]): string {
  return ports
    .map(
      ({ name = "", protocol = "TCP", port, appProtocol = "" }) =>
        `[name: ${name}, protocol: ${protocol}, port: ${port}, appProtocol: "${appProtocol}"]`,
    )
    .join(", ");
}
