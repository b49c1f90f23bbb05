import {
  type Binding,
  ClusterResourceBinding,
  karmadaAnnotations,
  karmadaFinalizers,
  karmadaLabels,
  ResourceBinding,
  type TemplateReference,
} from "../api/index.ts";
import type { Kind, KubeObject, Unstructured } from "../apimachinery/index.ts";
import type { Key, Snapshot } from "../controller/index.ts";

type AnyKind = Kind<KubeObject>;

/** All in which ResourceBinding and ClusterResourceBinding differ; the namespace decides, here and nowhere else. */
export type BindingScope = {
  readonly kind: Kind<Binding>;
  /** The controller that makes Works of it. */
  readonly controllerName: string;
  readonly finalizer: string;
  /** The label with the binding's permanent id, on it and on its Works. */
  readonly idLabel: string;
};

const NAMESPACED: BindingScope = {
  kind: ResourceBinding,
  controllerName: "binding-controller",
  finalizer: karmadaFinalizers.binding,
  idLabel: karmadaLabels.resourceBindingId,
};
const CLUSTER: BindingScope = {
  kind: ClusterResourceBinding,
  controllerName: "cluster-resource-binding-controller",
  finalizer: karmadaFinalizers.clusterResourceBinding,
  idLabel: karmadaLabels.clusterResourceBindingId,
};

/** Both scopes. */
export const bindingScopes: readonly BindingScope[] = [NAMESPACED, CLUSTER];

/** The scope of a binding, or of a template's binding. */
export function bindingScope(metadata: { readonly namespace?: string }): BindingScope {
  return metadata.namespace === undefined ? CLUSTER : NAMESPACED;
}

/** A binding's permanent id. */
export function bindingId(binding: Binding): string | undefined {
  return binding.metadata.labels?.[bindingScope(binding.metadata).idLabel];
}

/** What a Work says of the binding it was made for. */
export function bindingAnnotations({ metadata }: Binding): Readonly<Record<string, string>> {
  return metadata.namespace === undefined
    ? { [karmadaAnnotations.clusterResourceBindingName]: metadata.name }
    : {
        [karmadaAnnotations.resourceBindingNamespace]: metadata.namespace,
        [karmadaAnnotations.resourceBindingName]: metadata.name,
      };
}

/** The binding a Work, or a manifest, names. */
export function bindingKeyOf({ metadata }: KubeObject): Key | undefined {
  const annotations = metadata.annotations;
  const name = annotations?.[karmadaAnnotations.resourceBindingName];
  const namespace = annotations?.[karmadaAnnotations.resourceBindingNamespace];
  if (name !== undefined && namespace !== undefined) return { kind: ResourceBinding, namespace, name };
  const clusterWide = annotations?.[karmadaAnnotations.clusterResourceBindingName];
  return clusterWide === undefined ? undefined : { kind: ClusterResourceBinding, name: clusterWide };
}

/** The key of any object. */
export function keyOf(kind: AnyKind, { metadata }: KubeObject): Key {
  const { name, namespace } = metadata;
  return namespace === undefined ? { kind, name } : { kind, name, namespace };
}

/** The template of a binding as the cache has it; `undefined` when it or its kind is gone. */
export function templateOf(binding: Binding, snapshot: Snapshot<never>): Unstructured | undefined {
  const { apiVersion, kind, name, namespace } = binding.spec.resource;
  const templateKind = snapshot.kindOf(apiVersion, kind);
  return templateKind && (snapshot.dynamic(templateKind, name, namespace || undefined) as Unstructured | undefined);
}

/** The template of a binding by its reference alone: what an event is told about. */
export function templateReference({ resource }: { readonly resource: TemplateReference }): KubeObject {
  const { apiVersion, kind, name, namespace, uid, resourceVersion } = resource;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
    },
  };
}
