import { Pod, type PodSpec, type Toleration } from "../../api/index.ts";
import { kindKey, type Unstructured } from "../../apimachinery/index.ts";
import type { AdmissionPlugin } from "../../apiserver/index.ts";

const KEYS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;
const SECONDS = 300;

/** Lets pods stay 300 s on a node that is not ready or unreachable, unless they say otherwise (`plugin/pkg/admission/defaulttolerationseconds`). */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  handles: (kind) => kindKey(kind) === kindKey(Pod),
  admit: ({ verb, subresource, object }) => {
    if (object?.spec === undefined || subresource !== undefined || verb === "delete") return object;
    const spec = object.spec as PodSpec;
    const added = KEYS.filter((key) => !(spec.tolerations ?? []).some((each) => speaksOf(each, key)));
    if (added.length === 0) return object;
    return {
      ...object,
      spec: { ...spec, tolerations: [...(spec.tolerations ?? []), ...added.map(defaultToleration)] },
    } satisfies Unstructured;
  },
};

function speaksOf({ key = "", effect }: Toleration, taint: string): boolean {
  return (key === taint || key === "") && (effect === "NoExecute" || !effect);
}

function defaultToleration(key: string): Toleration {
  return { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: SECONDS };
}
