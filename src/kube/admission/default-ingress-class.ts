import { Ingress, IngressClass } from "../../api/index.ts";
import { kindKey } from "../../apimachinery/index.ts";
import type { AdmissionPlugin } from "../../apiserver/index.ts";
import { defaultClass } from "./default-class.ts";

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
    const name = defaultClass(state.list(IngressClass), [IS_DEFAULT]);
    return name === undefined ? object : { ...object, spec: { ...spec, ingressClassName: name } };
  },
};
