import type { Container, Pod, PodSpec } from "../../src/api/index.ts";

/** A pod with one container, as a user would write it. */
export function pod(name: string, spec: Partial<PodSpec> = {}, container: Partial<Container> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { app: name } },
    spec: { containers: [{ name: "main", image: "busybox:1", ...container }], ...spec },
  };
}

/** A container's wish for cpu and memory. */
export function requesting(cpu: string, memory?: string): Partial<Container> {
  return { resources: { requests: memory === undefined ? { cpu } : { cpu, memory } } };
}
