import { Pod, type PodTemplateSpec } from "../../api/index.ts";
import type { KubeObject, OwnerReference } from "../../apimachinery/index.ts";
import type { Intent, Snapshot } from "../../controller/index.ts";
import { NAME_ALPHABET } from "../../sim/index.ts";
import { deletion } from "./deletion.ts";

/** A pod as a template has it, in its owner's namespace. The template's labels and spec are shared, not copied. */
export function podFromTemplate(
  template: PodTemplateSpec,
  identity: {
    readonly name: string;
    readonly generateName?: string;
    readonly namespace: string | undefined;
    readonly owner: OwnerReference;
  },
): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: identity.name,
      ...(identity.generateName === undefined ? {} : { generateName: identity.generateName }),
      ...(identity.namespace === undefined ? {} : { namespace: identity.namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [identity.owner],
    },
    spec: template.spec,
  };
}

/** A longer prefix is cut, as the API server cuts `generateName`. */
const PREFIX_MAX = 58;
const SUFFIX_LENGTH = 5;

/** `<prefix><5>`, a name no pod of the namespace has. */
export function generatedPodName(
  prefix: string,
  namespace: string | undefined,
  snapshot: Pick<Snapshot<typeof Pod>, "get" | "random">,
): string {
  const base = prefix.slice(0, PREFIX_MAX);
  for (;;) {
    const name = base + snapshot.random.text(SUFFIX_LENGTH, NAME_ALPHABET);
    if (snapshot.get(Pod, name, namespace) === undefined) return name;
  }
}

/** Creates a pod, and says so in an event of its owner (`controller.RealPodControl`). */
export function createPod(pod: Pod, owner: KubeObject): readonly Intent[] {
  return [
    { type: "create", kind: Pod, object: pod },
    {
      type: "event",
      regarding: owner,
      eventType: "Normal",
      reason: "SuccessfulCreate",
      message: `Created pod: ${pod.metadata.name}`,
    },
  ];
}

/** Deletes a pod, and says so in an event of its owner. */
export function deletePod(pod: Pod, owner: KubeObject): readonly Intent[] {
  return [
    deletion(Pod, pod),
    {
      type: "event",
      regarding: owner,
      eventType: "Normal",
      reason: "SuccessfulDelete",
      message: `Deleted pod: ${pod.metadata.name}`,
    },
  ];
}
