import { Ingress, IngressClass } from "../../api/index.ts";
import { kindKey } from "../../apimachinery/index.ts";
import type { AdmissionPlugin, ClusterState } from "../../apiserver/index.ts";
import { compareText } from "../../std/index.ts";

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const IS_DEFAULT = "ingressclass.kubernetes.io/is-default-class";

/** Gives a new Ingress that names no class the default one (`plugin/pkg/admission/network/defaultingressclass`). */
export const defaultIngressClass: AdmissionPlugin = {
  name: "DefaultIngressClass",
  handles: (kind) => kindKey(kind) === kindKey(Ingress),
  admit: ({ verb, subresource, object }, state) => {
    if (object === undefined || subresource !== undefined || verb !== "create") return object;
    const spec = object.spec as Ingress["spec"];
    const { annotations = {} } = object.metadata;
    if (spec.ingressClassName !== undefined || annotations[CLASS_ANNOTATION] !== undefined) return object;
    const name = defaultClass(state);
    return name === undefined ? object : { ...object, spec: { ...spec, ingressClassName: name } };
  },
};

/** The newest of those that say they are it; of as old ones the first by name. */
function defaultClass(state: ClusterState): string | undefined {
  const [chosen] = state
    .list(IngressClass)
    .filter(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === "true")
    .sort(
      (left, right) =>
        compareText(right.metadata.creationTimestamp ?? "", left.metadata.creationTimestamp ?? "") ||
        compareText(left.metadata.name, right.metadata.name),
    );
  return chosen?.metadata.name;
}
