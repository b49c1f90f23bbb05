import { PersistentVolumeClaim, Pod, type PodTemplateSpec, type StatefulSet, type Volume } from "../../../api/index.ts";
import { ownerReference } from "../../../apimachinery/index.ts";
import type { Intent, Snapshot } from "../../../controller/index.ts";
import { podFromTemplate } from "../pod-creation.ts";

/** On a pod: the name of the ControllerRevision it was made from. */
export const POD_REVISION = "controller-revision-hash";
const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";

/** The ordinal in a pod's name; `undefined` when the name is not of this set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const { name } = pod.metadata;
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined;
}

/** The ordinals a set should have, in order. */
export function ordinals({ spec }: StatefulSet): readonly number[] {
  const start = spec.ordinals?.start ?? 0;
  return Array.from({ length: spec.replicas ?? 1 }, (_, index) => start + index);
}

/** The pod of one ordinal, with its name, its place in DNS and its volumes. */
export function statefulPod(
  set: StatefulSet,
  ordinal: number,
  of: { readonly template: PodTemplateSpec; readonly revision: string },
): Pod {
  const name = `${set.metadata.name}-${ordinal}`;
  const labels = {
    ...of.template.metadata?.labels,
    [POD_INDEX]: `${ordinal}`,
    [POD_REVISION]: of.revision,
    [POD_NAME]: name,
  };
  const { spec } = of.template;
  const volumes = volumesOf(set, ordinal, spec.volumes ?? []);
  const pod = podFromTemplate(
    {
      ...of.template,
      metadata: { ...of.template.metadata, labels },
      spec: {
        ...spec,
        ...(volumes.length === 0 ? {} : { volumes }),
        hostname: name,
        ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      },
    },
    { name, generateName: `${set.metadata.name}-`, namespace: set.metadata.namespace, owner: ownerReference(set) },
  );
  return pod;
}

type ClaimTemplate = Partial<PersistentVolumeClaim>;

function claimTemplates(set: StatefulSet): readonly ClaimTemplate[] {
  return (set.spec.volumeClaimTemplates ?? []) as readonly ClaimTemplate[];
}

function claimName(set: StatefulSet, template: ClaimTemplate, ordinal: number): string {
  return `${template.metadata?.name ?? ""}-${set.metadata.name}-${ordinal}`;
}

/** A claim replaces a volume of its name. */
function volumesOf(set: StatefulSet, ordinal: number, own: readonly Volume[]): readonly Volume[] {
  const claimed = claimTemplates(set).map((template) => ({
    name: template.metadata?.name ?? "",
    persistentVolumeClaim: { claimName: claimName(set, template, ordinal) },
  }));
  const names = new Set(claimed.map((volume) => volume.name));
  return [...claimed, ...own.filter((volume) => !names.has(volume.name))];
}

/** Creates the claims of one ordinal that are not there yet. They outlive the pod, and belong to nobody. */
export function createClaims(
  set: StatefulSet,
  ordinal: number,
  snapshot: Pick<Snapshot<typeof PersistentVolumeClaim>, "get">,
): readonly Intent[] {
  const { name, namespace } = set.metadata;
  return claimTemplates(set).flatMap((template): readonly Intent[] => {
    const wanted = claimName(set, template, ordinal);
    if (snapshot.get(PersistentVolumeClaim, wanted, namespace) !== undefined) return [];
    const labels = { ...template.metadata?.labels, ...set.spec.selector.matchLabels };
    const object: PersistentVolumeClaim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { ...template.metadata, name: wanted, ...(namespace === undefined ? {} : { namespace }), labels },
      spec: template.spec ?? {},
    };
    return [
      { type: "create", kind: PersistentVolumeClaim, object },
      success(set, "SuccessfulCreate", `create Claim ${wanted} Pod ${name}-${ordinal} in StatefulSet ${name} success`),
    ];
  });
}

/** Creates a pod of the set, and says so. */
export function createStatefulPod(set: StatefulSet, pod: Pod): readonly Intent[] {
  return [{ type: "create", kind: Pod, object: pod }, told(set, pod, "create")];
}

/** Says what was done to a pod of the set. */
export function told(set: StatefulSet, pod: Pod, verb: "create" | "delete"): Intent {
  const reason = verb === "create" ? "SuccessfulCreate" : "SuccessfulDelete";
  return success(set, reason, `${verb} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`);
}

function success(set: StatefulSet, reason: string, message: string): Intent {
  return { type: "event", regarding: set, eventType: "Normal", reason, message };
}
