import { karmadaLabels, type Work } from "../../api/index.ts";
import { unstructured, withLabels } from "../../apimachinery/index.ts";
import type { AdmissionRequest, ClusterState } from "../../apiserver/index.ts";
import { completedManifest } from "../execution/manifest.ts";
import { pruned } from "../execution/prune.ts";

/** A Work with its permanent id, and manifests as members shall get them; the same object when it has been so already. */
export function defaultedWork(work: Work, request: AdmissionRequest, state: ClusterState): Work {
  const before = request.before as (Work & AdmissionRequest["before"]) | undefined;
  const known = work.metadata.labels?.[karmadaLabels.workId];
  // Finalizers, labels and the like change more often than manifests, which come by reference then.
  if (known !== undefined && before !== undefined && before.spec.workload === work.spec.workload) return work;
  const id = known ?? state.newUid();
  const identified = known === undefined ? withLabels(work, { [karmadaLabels.workId]: id }) : work;
  const manifests = work.spec.workload?.manifests ?? [];
  const complete = manifests.map((manifest) => completedManifest(pruned(unstructured(manifest)), id));
  if (complete.every((manifest, index) => manifest === manifests[index])) return identified;
  return { ...identified, spec: { ...work.spec, workload: { ...work.spec.workload, manifests: complete } } };
}
