import {
  type Binding,
  Cluster,
  ClusterOverridePolicy,
  ClusterPropagationPolicy,
  ClusterResourceBinding,
  ClusterTaintPolicy,
  CronFederatedHPA,
  FederatedHPA,
  FederatedResourceQuota,
  karmadaAnnotations,
  karmadaLabels,
  MultiClusterService,
  type Override,
  OverridePolicy,
  PropagationPolicy,
  ResourceBinding,
  ResourceInterpreterCustomization,
  Work,
} from "../../api/index.ts";
import { type FieldError, invalid, type KubeObject, timestamp, withLabels } from "../../apimachinery/index.ts";
import type { AdmissionPlugin, AdmissionRequest, ClusterState } from "../../apiserver/index.ts";
import { bindingScope } from "../binding-scope.ts";
import { cronHpaErrors, defaultedHpa, hpaErrors } from "./autoscaling-rules.ts";
import { customizationErrors } from "./interpreter-rules.ts";
import { overrideErrors } from "./override-validation.ts";
import { defaultedPolicy, defaultedSelectors } from "./policy-defaults.ts";
import { policyErrors } from "./policy-validation.ts";
import { quotaErrors, taintPolicyErrors } from "./quota-rules.ts";
import { multiClusterServiceErrors } from "./service-rules.ts";
import { denial, mutating, validating, type Webhook } from "./verdict.ts";
import { defaultedWork } from "./work-defaults.ts";

export type KarmadaAdmissionOptions = {
  /** ClusterTaintPolicies may evict (`--allow-no-execute-taint-policy`). */
  readonly allowsNoExecuteTaintPolicy?: boolean;
};

/** What Karmada's webhooks do to writes of the host, as admission steps: first all that fill in, then all that may refuse. */
function karmadaAdmissionWith(options: KarmadaAdmissionOptions): readonly AdmissionPlugin[] {
  const policies = { mutate: defaultedPolicy, validate: policyErrors };
  const bindings = { mutate: identifiedBinding, validate: dependenciesErrors };
  const all = [
    pair({ name: "propagationpolicy.karmada.io", kinds: [PropagationPolicy], ...policies }),
    pair({ name: "clusterpropagationpolicy.karmada.io", kinds: [ClusterPropagationPolicy], ...policies }),
    pair({
      name: "overridepolicy.karmada.io",
      kinds: [OverridePolicy],
      mutate: defaultedOverride,
      validate: overrideErrors,
    }),
    pair({ name: "clusteroverridepolicy.karmada.io", kinds: [ClusterOverridePolicy], validate: overrideErrors }),
    pair({ name: "resourcebinding.karmada.io", kinds: [ResourceBinding], ...bindings }),
    pair({ name: "clusterresourcebinding.karmada.io", kinds: [ClusterResourceBinding], mutate: identifiedBinding }),
    pair({ name: "work.karmada.io", kinds: [Work], mutate: defaultedWork }),
    pair({ name: "autoscaling.karmada.io", kinds: [FederatedHPA], mutate: defaultedHpa }),
    pair({ name: "federatedhpa.karmada.io", kinds: [FederatedHPA], validate: hpaErrors }),
    pair({ name: "cronfederatedhpa.karmada.io", kinds: [CronFederatedHPA], validate: cronHpaErrors }),
    pair({
      name: "multiclusterservice.karmada.io",
      kinds: [MultiClusterService],
      mutate: identifiedService,
      validate: multiClusterServiceErrors,
    }),
    pair({ name: "federatedresourcequota.karmada.io", kinds: [FederatedResourceQuota], validate: quotaErrors }),
    pair({
      name: "clustertaintpolicy.karmada.io",
      kinds: [ClusterTaintPolicy],
      validate: taintPolicyErrors(options.allowsNoExecuteTaintPolicy === true),
    }),
    pair({
      name: "resourceinterpretercustomization.karmada.io",
      kinds: [ResourceInterpreterCustomization],
      validate: customizationErrors,
    }),
    pair({ name: "cluster.karmada.io", kinds: [Cluster], mutate: taintedCluster }),
  ];
  return [...all.flatMap((both) => both.mutating), ...all.flatMap((both) => both.validating), deletionProtection];
}

const PROTECTION_MESSAGE = `This resource is protected, please make sure to remove the label: ${karmadaLabels.deletionProtected}`;

/** Refuses to delete an object of any kind that is labelled as protected. */
const deletionProtection: AdmissionPlugin = {
  name: "resourcedeletionprotection.karmada.io",
  handles: () => true,
  admit: ({ verb, before, object }) => {
    if (verb === "delete" && before?.metadata.labels?.[karmadaLabels.deletionProtected] === "Always")
      throw denial("resourcedeletionprotection.karmada.io", PROTECTION_MESSAGE);
    return object;
  },
};

type Halves = { readonly mutating: readonly AdmissionPlugin[]; readonly validating: readonly AdmissionPlugin[] };

function pair<T extends KubeObject>(webhook: Webhook<T>): Halves {
  return {
    mutating: webhook.mutate === undefined ? [] : [mutating(webhook)],
    validating: webhook.validate === undefined ? [] : [validating(webhook)],
  };
}

function defaultedOverride(policy: Override): Override {
  const { resourceSelectors } = policy.spec;
  if (resourceSelectors === undefined) return policy;
  const defaulted = defaultedSelectors(resourceSelectors, policy.metadata.namespace);
  return defaulted === resourceSelectors
    ? policy
    : { ...policy, spec: { ...policy.spec, resourceSelectors: defaulted } };
}

function identifiedBinding(binding: Binding, { verb }: AdmissionRequest, state: ClusterState): Binding {
  const { idLabel } = bindingScope(binding.metadata);
  if (verb !== "create" || binding.metadata.labels?.[idLabel] !== undefined) return binding;
  return withLabels(binding, { [idLabel]: state.newUid() });
}

function identifiedService(
  service: MultiClusterService,
  _request: AdmissionRequest,
  state: ClusterState,
): MultiClusterService {
  const known = service.metadata.labels?.[karmadaLabels.multiClusterServiceId];
  return known === undefined ? withLabels(service, { [karmadaLabels.multiClusterServiceId]: state.newUid() }) : service;
}

function dependenciesErrors({ metadata }: Binding): readonly FieldError[] {
  const text = metadata.annotations?.[karmadaAnnotations.bindingDependencies];
  if (text === undefined || isJson(text)) return [];
  const field = `metadata.annotations[${karmadaAnnotations.bindingDependencies}]`;
  return [invalid(field, text, "annotation value must be a valid JSON")];
}

/** A taint that evicts must say since when: tolerations count from there (`Canonicalize` of upstream's strategy). */
function taintedCluster(cluster: Cluster, _request: AdmissionRequest, state: ClusterState): Cluster {
  const taints = cluster.spec.taints ?? [];
  if (taints.every((taint) => taint.effect !== "NoExecute" || taint.timeAdded !== undefined)) return cluster;
  const timeAdded = timestamp(state.nowMs());
  const stamped = taints.map((taint) => (taint.effect === "NoExecute" ? { timeAdded, ...taint } : taint));
  return { ...cluster, spec: { ...cluster.spec, taints: stamped } };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Karmada's admission as its webhook runs by default. */
export const karmadaAdmission: readonly AdmissionPlugin[] = karmadaAdmissionWith({});
