export type { IntOrString, LabelSelector, LabelSelectorRequirement } from "../apimachinery/index.ts";

/** A condition of a status, as metav1.Condition and its older relatives have it. */
export type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
  readonly lastUpdateTime?: string;
  readonly lastProbeTime?: string | null;
  readonly lastHeartbeatTime?: string;
  readonly reason?: string;
  readonly message?: string;
};

export type LocalObjectReference = { readonly name?: string };

export type ObjectReference = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly fieldPath?: string;
};
