import { objectKey } from "../apimachinery/index.ts";
import { fnv1a32 } from "../std/index.ts";

const EXECUTION_SPACE_PREFIX = "karmada-es-";
const SAFE_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** The namespace of the host that holds a member's Works (`GenerateExecutionSpaceName`). */
export function executionSpaceName(cluster: string): string {
  return EXECUTION_SPACE_PREFIX + cluster;
}

/** The cluster an execution space belongs to, `undefined` for any other namespace. */
export function clusterOfExecutionSpace(namespace: string): string | undefined {
  return namespace.startsWith(EXECUTION_SPACE_PREFIX) ? namespace.slice(EXECUTION_SPACE_PREFIX.length) : undefined;
}

/** The name of the binding of a resource template. */
export function bindingName(kind: string, name: string): string {
  return `${name.replaceAll(":", ".")}-${kind}`.toLowerCase();
}

/** The name of the Work that carries an object; unique in an execution space over kinds and namespaces. */
export function workName(kind: string, name: string, namespace: string = ""): string {
  const dotted = name.replaceAll(":", ".").toLowerCase();
  const identity = namespace === "" ? `${dotted}-${kind}` : `${namespace}-${dotted}-${kind}`;
  return `${dotted}-${shortHash(identity.toLowerCase())}`;
}

/** What names an independent binding in the `depended-by-` labels of its dependencies. */
export function bindingReferenceKey(name: string, namespace: string = ""): string {
  return shortHash(objectKey({ namespace, name }));
}

/** The policy `karmadactl promote` makes; `gvk` is printed as Go prints it, `apps/v1, Kind=Deployment`. */
export function automaticPolicyName(name: string, namespace: string, gvk: string): string {
  return `${name.replaceAll(":", ".")}-${shortHash(namespace + gvk)}`.toLowerCase();
}

/** The Service a ServiceImport stands for in the host and in importing members. */
export function derivedServiceName(serviceImport: string): string {
  return `derived-${serviceImport}`;
}

/** The host's copy of an exporting member's EndpointSlice. */
export function importedEndpointSliceName(cluster: string, endpointSlice: string): string {
  return `imported-${cluster}-${endpointSlice}`;
}

/** A consumer's copy of a provider's EndpointSlice, for a MultiClusterService. */
export function dispatchedEndpointSliceName(providerCluster: string, endpointSlice: string): string {
  return `${providerCluster}-${endpointSlice}`;
}

/** FNV-32a of a text, in letters that form no words (`rand.SafeEncodeString` of the decimal sum). */
function shortHash(text: string): string {
  return safeEncode(String(fnv1a32(text)));
}

/** Maps each character to one of 27 letters and digits, by its code (`k8s.io/apimachinery/pkg/util/rand.SafeEncodeString`). */
export function safeEncode(text: string): string {
  let encoded = "";
  for (let index = 0; index < text.length; index++) encoded += SAFE_ALPHABET[text.charCodeAt(index) % 27];
  return encoded;
}
