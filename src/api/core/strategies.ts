import { dns1123LabelErrors, qualifiedNameErrors } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { withDefaults, withField, withItems, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import {
  eachItem,
  type Findings,
  invalid,
  invalidFor,
  isEmptySelector,
  NOTHING,
  nonNegative,
  required,
  selectsTemplate,
  templateMismatch,
} from "../validation.ts";
import { endpointsWarnings, validateEndpoints } from "./address-validation.ts";
import { validateEvent } from "./event-validation.ts";
import type { Event, Namespace } from "./objects.ts";
import { defaultPodTemplate } from "./pod-defaults.ts";
import { validateAlwaysRestartingTemplate, validatePodTemplate } from "./pod-validation.ts";
import { nameWarnings, podTemplateWarnings } from "./pod-warnings.ts";
import type { PodTemplate, ReplicationController } from "./replication-controller.ts";
import type { Endpoints } from "./service.ts";

const NAMESPACE_LABEL = "kubernetes.io/metadata.name";
const NAMESPACE_FINALIZER = "kubernetes";
const STANDARD_FINALIZERS = [NAMESPACE_FINALIZER, "orphan", "foregroundDeletion"];

/**
 * A new Namespace is active, labelled with its name, and kept by the namespace controller's finalizer, which is changed
 * through the finalize subresource only (`pkg/registry/core/namespace`).
 */
export const namespaceStrategy: Strategy<Namespace> = {
  beginDeletion: (namespace) => ({ ...namespace, status: { ...namespace.status, phase: "Terminating" } }),
  applyDefaults: (namespace) => withNameLabel(withActivePhase(namespace)),
  validateName: dns1123LabelErrors,
  validate: ({ spec }) =>
    eachItem(spec?.finalizers, (finalizer) => [
      ...invalidFor("spec.finalizers", finalizer, qualifiedNameErrors(finalizer)),
      ...(finalizer.includes("/") || STANDARD_FINALIZERS.includes(finalizer)
        ? NOTHING
        : [
            invalid(
              "spec.finalizers",
              finalizer,
              "name is neither a standard finalizer name nor is it fully qualified",
            ),
          ]),
    ]),
  validateStatus: ({ metadata, status }) => {
    const phase = metadata.deletionTimestamp === undefined ? "Active" : "Terminating";
    const whether = phase === "Active" ? "is empty" : "is not empty";
    return status?.phase === phase
      ? NOTHING
      : [invalid("status.Phase", status?.phase ?? "", `may only be '${phase}' if \`deletionTimestamp\` ${whether}`)];
  },
  prepareForCreate: (namespace) => {
    const finalizers = namespace.spec?.finalizers ?? [];
    return {
      ...namespace,
      spec: {
        ...namespace.spec,
        finalizers: finalizers.includes(NAMESPACE_FINALIZER) ? finalizers : [...finalizers, NAMESPACE_FINALIZER],
      },
      status: { phase: "Active" },
    };
  },
  prepareForUpdate: (namespace, before) =>
    before.spec === undefined ? namespace : { ...namespace, spec: before.spec },
};

/** A namespace without a phase is active. */
function withActivePhase(namespace: Namespace): Namespace {
  return namespace.status?.phase ? namespace : { ...namespace, status: { ...namespace.status, phase: "Active" } };
}

function withNameLabel(namespace: Namespace): Namespace {
  const { labels, name } = namespace.metadata;
  if (labels?.[NAMESPACE_LABEL] === name) return namespace;
  return { ...namespace, metadata: { ...namespace.metadata, labels: { ...labels, [NAMESPACE_LABEL]: name } } };
}

/** Endpoints' ports speak TCP unless told otherwise. */
export const endpointsStrategy: Strategy<Endpoints> = {
  warnings: endpointsWarnings,
  applyDefaults: (endpoints) =>
    withItems(endpoints, "subsets", (subset) =>
      withItems(subset, "ports", (port) => withDefaults(port, { protocol: "TCP" })),
    ),
  validate: validateEndpoints,
};

/** ReplicationControllers take labels and selector from their template when they have none. */
export const replicationControllerStrategy: Strategy<ReplicationController> = {
  warnings: (controller, before) =>
    before === undefined
      ? [...nameWarnings(controller), ...podTemplateWarnings(controller.spec.template, "spec.template")]
      : deepEqual(controller.spec, before.spec)
        ? []
        : podTemplateWarnings(before.spec.template, "spec.template"),
  applyDefaults: (controller) => {
    const given = controller.spec?.template;
    const template = given === undefined ? undefined : defaultPodTemplate(given);
    const labels = template?.metadata?.labels;
    const labelled =
      labels === undefined || controller.metadata.labels !== undefined
        ? controller
        : { ...controller, metadata: { ...controller.metadata, labels } };
    return withSpec(labelled, (spec) =>
      withDefaults(template === undefined ? spec : withField(spec, "template", template), {
        replicas: 1,
        ...(labels === undefined ? {} : { selector: labels }),
      }),
    );
  },
  prepareForCreate: withStatus<ReplicationController>({ replicas: 0 }),
  validateStatus: ({ status }) => {
    const counts = ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"] as const;
    const { replicas = 0, readyReplicas = 0, availableReplicas = 0, observedGeneration } = status ?? {};
    return [
      ...counts.flatMap((count) => nonNegative(`status.${count}`, status?.[count])),
      ...nonNegative("status.observedGeneration", observedGeneration),
      ...counts.flatMap((count) =>
        (status?.[count] ?? 0) > replicas
          ? [invalid(`status.${count}`, status?.[count], "cannot be greater than status.replicas")]
          : NOTHING,
      ),
      ...(availableReplicas > readyReplicas
        ? [invalid("status.availableReplicas", availableReplicas, "cannot be greater than readyReplicas")]
        : NOTHING),
    ];
  },
  validate: ({ spec }) => [
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...(isEmptySelector({ matchLabels: spec.selector ?? {} }) ? [required("spec.selector")] : NOTHING),
    ...nonNegative("spec.replicas", spec.replicas),
    ...controlledTemplate(spec),
  ],
};

function controlledTemplate({ selector = {}, template }: ReplicationController["spec"]): Findings {
  if (template === undefined) return [required("spec.template")];
  const { labels } = template.metadata ?? {};
  return [
    ...(selectsTemplate({ matchLabels: selector }, labels) ? NOTHING : [templateMismatch(labels)]),
    ...validateAlwaysRestartingTemplate(template, undefined, "ReplicationController"),
  ];
}

/** What is particular to PodTemplates (`pkg/registry/core/podtemplate`). */
export const podTemplateStrategy: Strategy<PodTemplate> = {
  warnings: ({ template }, before) =>
    before !== undefined && deepEqual(template, before.template) ? [] : podTemplateWarnings(template, "template"),
  applyDefaults: (template) => withField(template, "template", defaultPodTemplate(template.template)),
  validate: ({ template }) => (template === undefined ? NOTHING : validatePodTemplate(template, "template")),
};

/** Events of the core group (`pkg/registry/core/event`). */
export const eventStrategy: Strategy<Event> = {
  validate: (event) => validateEvent(event),
};
