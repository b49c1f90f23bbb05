import type { ListedKind } from "../dns/server/plugin.ts";

const GO_TYPES: Readonly<Record<ListedKind, string>> = {
  Namespace: "*v1.Namespace",
  Service: "*v1.Service",
  EndpointSlice: "*v1.EndpointSlice",
  Pod: "*v1.Pod",
  ServiceImport: "*v1alpha1.ServiceImport",
};
const SOURCE = "pkg/mod/k8s.io/client-go@v0.26.1/tools/cache/reflector.go:169";

/** What client-go's reflector logs through klog when a list fails: a warning, and the error of the watch it was for. */
export function reflectorLines(nowMs: number, kind: ListedKind, failure: string): readonly string[] {
  const iso = new Date(nowMs).toISOString();
  const stamp = `${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000       1`;
  const failed = `failed to list ${GO_TYPES[kind]}: ${failure}`;
  return [
    `W${stamp} reflector.go:424] ${SOURCE}: ${failed}`,
    `E${stamp} reflector.go:140] ${SOURCE}: Failed to watch ${GO_TYPES[kind]}: ${failed}`,
  ];
}
