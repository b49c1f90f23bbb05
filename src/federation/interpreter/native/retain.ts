import { karmadaLabels } from "../../../api/index.ts";
import { getPath, type ObjectPath, setPath, type Unstructured } from "../../../apimachinery/index.ts";
import { isRecord } from "../../../std/index.ts";

type Retain = (desired: Unstructured, observed: Unstructured) => Unstructured;
type Named = Readonly<Record<string, unknown>>;

/** What a member's object keeps when it is brought to what is desired (`native/retain.go`, `lifted/retain.go`). */
export const retain: Readonly<Record<string, Retain>> = {
  Deployment: retainReplicas,
  Pod: (desired, observed) =>
    retainMounts(
      keep(desired, observed, [
        ["spec", "nodeName"],
        ["spec", "serviceAccountName"],
        ["spec", "volumes"],
      ]),
      observed,
    ),
  /** `clusterIPs` must agree with `clusterIP` where the API server checks it, so both are kept. */
  Service: (desired, observed) =>
    keep(desired, observed, [
      ["spec", "healthCheckNodePort"],
      ["spec", "clusterIP"],
      ["spec", "clusterIPs"],
    ]),
  ServiceAccount: (desired, observed) =>
    ["secrets", "imagePullSecrets"].reduce((result, field) => unite(result, observed, field), desired),
  PersistentVolumeClaim: (desired, observed) => keep(desired, observed, [["spec", "volumeName"]]),
  PersistentVolume: (desired, observed) => keep(desired, observed, [["spec", "claimRef"]]),
  Job: (desired, observed) =>
    keep(desired, observed, [
      ["spec", "selector", "matchLabels"],
      ["spec", "template", "metadata", "labels"],
    ]),
  Secret: (desired, observed) =>
    desired.type === "kubernetes.io/service-account-token" ? keep(desired, observed, [["data"]]) : desired,
  /** The importing member fills its ClusterSetIP in; ours, upstream knows no such address. */
  ServiceImport: (desired, observed) =>
    getPath(desired, ["spec", "ips"]) === undefined ? keep(desired, observed, [["spec", "ips"]]) : desired,
};

/** A label hands the replicas of a Deployment over to an autoscaler in the member. */
function retainReplicas(desired: Unstructured, observed: Unstructured): Unstructured {
  if (desired.metadata.labels?.[karmadaLabels.retainReplicas] !== "true") return desired;
  return keep(desired, observed, [["spec", "replicas"]]);
}

/** Takes over what is there, and something. */
function keep(desired: Unstructured, observed: Unstructured, paths: readonly ObjectPath[]): Unstructured {
  return paths.reduce((result, path) => {
    const value = getPath(observed, path);
    return value === undefined || value === "" || value === 0 ? result : setPath(result, path, value);
  }, desired);
}

function retainMounts(desired: Unstructured, observed: Unstructured): Unstructured {
  let result = desired;
  for (const field of ["containers", "initContainers"]) {
    const mounts = new Map(
      listAt(observed, ["spec", field]).map((container) => [container.name, container.volumeMounts]),
    );
    listAt(desired, ["spec", field]).forEach((container, index) => {
      if (!mounts.has(container.name)) return;
      result = setPath(result, ["spec", field, index, "volumeMounts"], mounts.get(container.name));
    });
  }
  return result;
}

/** The desired entries, then the member's own of other names. */
function unite(desired: Unstructured, observed: Unstructured, field: string): Unstructured {
  const wanted = listAt(desired, [field]);
  const names = new Set(wanted.map((entry) => entry.name));
  const own = listAt(observed, [field]).filter((entry) => !names.has(entry.name));
  return own.length === 0 ? desired : setPath(desired, [field], [...wanted, ...own]);
}

function listAt(object: Unstructured, path: ObjectPath): readonly Named[] {
  const value = getPath(object, path);
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
