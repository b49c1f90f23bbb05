import { Node, type Taint } from "../../api/index.ts";
import { kindKey } from "../../apimachinery/index.ts";
import type { AdmissionPlugin } from "../../apiserver/index.ts";

const NOT_READY: Taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

/** Keeps pods from a new node until the node controller finds it ready (`plugin/pkg/admission/nodetaint`). */
export const nodeTaint: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  handles: (kind) => kindKey(kind) === kindKey(Node),
  admit: ({ verb, subresource, object }) => {
    if (object === undefined || subresource !== undefined || verb !== "create") return object;
    const { spec } = object as Node;
    const taints = spec?.taints ?? [];
    if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return object;
    return { ...object, spec: { ...spec, taints: [...taints, NOT_READY] } };
  },
};
