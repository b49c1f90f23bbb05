import { EndpointSlice } from "../../api/index.ts";
import type { OwnerReference } from "../../apimachinery/index.ts";
import type { Intent } from "../../controller/index.ts";
import { NAME_ALPHABET, type RandomStream } from "../../sim/index.ts";
import type { Packing } from "./slice-packing.ts";

/** The label by which a slice names its Service. */
export const SERVICE_NAME = "kubernetes.io/service-name";

/** What all slices of one owner have in common. */
export type SliceTemplate = {
  /** The Service's name, which generated names begin with. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of slices that are written, given what they have; those of others stay. */
  readonly annotate: (present: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
};

/** Carries a packing out: creates, updates, deletes, in this order. */
export function sliceIntents(
  packing: Packing,
  how: {
    readonly family: "IPv4" | "IPv6";
    readonly owner: OwnerReference;
    readonly template: SliceTemplate;
    readonly random: RandomStream;
  },
): readonly Intent[] {
  const { name, namespace, labels, annotate } = how.template;
  const creates = packing.created.map(({ ports, endpoints }): Intent => {
    const suffix = how.random.text(5, NAME_ALPHABET);
    const metadata = {
      name: `${name.slice(0, 57)}-${suffix}`,
      generateName: `${name}-`,
      namespace,
      labels,
      annotations: annotate({}),
      ownerReferences: [how.owner],
    };
    const object: EndpointSlice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata,
      addressType: how.family,
      endpoints,
      ports,
    };
    return { type: "create", kind: EndpointSlice, object };
  });
  const updates = packing.updated.map(({ slice, ports, endpoints }): Intent => {
    const metadata = { ...slice.metadata, labels, annotations: annotate(slice.metadata.annotations ?? {}) };
    const object: EndpointSlice = { ...slice, metadata, ports, endpoints };
    return { type: "update", kind: EndpointSlice, object, before: slice };
  });
  const deletes = packing.deleted.map((slice): Intent => {
    const { uid = "" } = slice.metadata;
    return { type: "delete", kind: EndpointSlice, namespace, name: slice.metadata.name, uid };
  });
  return [...creates, ...updates, ...deletes];
}
