import { PersistentVolumeClaim, Pod } from "../../api/index.ts";
import { isOwnedBy, ownerReference } from "../../apimachinery/index.ts";
import { type AnyDefinition, defineController, type Intent, NOTHING, plan, read } from "../../controller/index.ts";
import { claimNameOf } from "./claims.ts";

/** Makes the claims of pods' ephemeral volumes, which go with their pod (`pkg/controller/volume/ephemeral`). */
export const ephemeralClaims: AnyDefinition = defineController({
  name: "ephemeral-volume-controller",
  primary: [Pod],
  predicate: ({ after }) => after?.spec.volumes?.some(({ ephemeral }) => ephemeral !== undefined) === true,
  reads: [read(PersistentVolumeClaim, { enqueue: "none" })],
  reconcile: (pod, snapshot) => {
    if (pod.metadata.deletionTimestamp !== undefined) return NOTHING;
    const { namespace = "" } = pod.metadata;
    const intents = (pod.spec.volumes ?? []).flatMap((volume): readonly Intent[] => {
      const template = volume.ephemeral?.volumeClaimTemplate;
      const name = claimNameOf(pod, volume);
      if (template === undefined || name === undefined) return [];
      const present = snapshot.get(PersistentVolumeClaim, name, namespace);
      if (present !== undefined) return isOwnedBy(present, pod) ? [] : [foreign(pod, name)];
      const { labels, annotations } = template.metadata ?? {};
      const metadata = {
        name,
        namespace,
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [ownerReference(pod)],
      };
      const object = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: template.spec };
      return [{ type: "create", kind: PersistentVolumeClaim, object }];
    });
    return plan(intents);
  },
});

function foreign(pod: Pod, name: string): Intent {
  const message = `ephemeral volume: PVC ${pod.metadata.namespace}/${name} was not created for the pod`;
  return { type: "event", regarding: pod, eventType: "Warning", reason: "EphemeralVolumeFailed", message };
}
