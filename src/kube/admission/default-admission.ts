import type { AdmissionPlugin } from "../../apiserver/index.ts";
import { defaultIngressClass } from "./default-ingress-class.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { nodeTaint } from "./node-taint.ts";
import { priority } from "./priority.ts";
import { runtimeClass } from "./runtime-class.ts";
import { claimResize, defaultStorageClass } from "./storage-class.ts";

/**
 * What kube-apiserver admits by unless it is told otherwise, in its order (`pkg/kubeapiserver/options/plugins.go`), beside what
 * Karmada's is told to leave out: service accounts and the protection of storage.
 */
export const defaultAdmission: readonly AdmissionPlugin[] = [
  nodeTaint,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  claimResize,
  runtimeClass,
  defaultIngressClass,
];
