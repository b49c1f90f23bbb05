import { dns1123LabelErrors, type FieldError } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { withDefaults, withField, withItems, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { forbidden, immutable, invalid, oneOf, required, workloadSelector } from "../validation.ts";
import { validateEndpoints } from "./address-validation.ts";
import type { ConfigMap, Namespace, Secret } from "./objects.ts";
import { defaultPodTemplate } from "./pod-defaults.ts";
import { validateAlwaysRestartingTemplate } from "./pod-validation.ts";
import type { ReplicationController } from "./replication-controller.ts";
import type { Endpoints } from "./service.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "./volumes.ts";

const NAMESPACE_LABEL = "kubernetes.io/metadata.name";
const NAMESPACE_FINALIZER = "kubernetes";

/**
 * A new Namespace is active, labelled with its name, and kept by the namespace controller's finalizer, which is changed
 * through the finalize subresource only (`pkg/registry/core/namespace`).
 */
export const namespaceStrategy: Strategy<Namespace> = {
  validateName: dns1123LabelErrors,
  prepareForCreate: (namespace) => {
    const finalizers = namespace.spec?.finalizers ?? [];
    return withNameLabel({
      ...namespace,
      spec: {
        ...namespace.spec,
        finalizers: finalizers.includes(NAMESPACE_FINALIZER) ? finalizers : [...finalizers, NAMESPACE_FINALIZER],
      },
      status: { phase: "Active" },
    });
  },
  prepareForUpdate: (namespace, before) =>
    withNameLabel(before.spec === undefined ? namespace : { ...namespace, spec: before.spec }),
};

function withNameLabel(namespace: Namespace): Namespace {
  const { labels, name } = namespace.metadata;
  if (labels?.[NAMESPACE_LABEL] === name) return namespace;
  return { ...namespace, metadata: { ...namespace.metadata, labels: { ...labels, [NAMESPACE_LABEL]: name } } };
}

const OPAQUE: Partial<Secret> = { type: "Opaque" };

/** `stringData` is written, never read: it becomes `data`. */
export const secretStrategy: Strategy<Secret> = {
  applyDefaults: (secret) => withDefaults(encodeStringData(secret), OPAQUE),
  validate: validateSecret,
  validateUpdate: (after, before) => [
    ...immutable("type", after.type, before.type),
    ...(before.immutable === true ? sealed(after, before, ["data"]) : []),
  ],
};

function encodeStringData(secret: Secret): Secret {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return secret;
  const data: Record<string, string> = { ...secret.data };
  for (const key of Object.keys(stringData)) data[key] = Buffer.from(stringData[key] ?? "", "utf8").toString("base64");
  return { ...rest, data };
}

const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

function validateSecret(secret: Secret): readonly FieldError[] {
  const account = secret.metadata.annotations?.["kubernetes.io/service-account.name"];
  return [
    ...dataKeys(secret.data, "data"),
    ...(secret.type === "kubernetes.io/service-account-token" && !account
      ? [required("metadata.annotations[kubernetes.io/service-account.name]")]
      : []),
    ...(REQUIRED_KEYS[secret.type ?? ""] ?? []).flatMap((key) =>
      secret.data?.[key] === undefined ? [required(`data[${key}]`)] : [],
    ),
  ];
}

/** An immutable ConfigMap can neither change nor become mutable again. */
export const configMapStrategy: Strategy<ConfigMap> = {
  validate: (map) => [...dataKeys(map.data, "data"), ...dataKeys(map.binaryData, "binaryData")],
  validateUpdate: (after, before) => (before.immutable === true ? sealed(after, before, ["data", "binaryData"]) : []),
};

function dataKeys(data: Readonly<Record<string, string>> | undefined, field: string): readonly FieldError[] {
  return Object.keys(data ?? {}).flatMap((key) =>
    /^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== "." && key !== ".."
      ? []
      : [
          invalid(
            `${field}[${key}]`,
            key,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          ),
        ],
  );
}

function sealed<T extends { readonly immutable?: boolean }>(
  after: T,
  before: T,
  fields: readonly (keyof T & string)[],
): readonly FieldError[] {
  const detail = "field is immutable when `immutable` is set";
  return [
    ...(after.immutable === true ? [] : [forbidden("immutable", detail)]),
    ...fields.flatMap((field) => (deepEqual(after[field], before[field]) ? [] : [forbidden(field, detail)])),
  ];
}

/** Endpoints' ports speak TCP unless told otherwise. */
export const endpointsStrategy: Strategy<Endpoints> = {
  applyDefaults: (endpoints) =>
    withItems(endpoints, "subsets", (subset) =>
      withItems(subset, "ports", (port) => withDefaults(port, { protocol: "TCP" })),
    ),
  validate: validateEndpoints,
};

export const persistentVolumeClaimStrategy: Strategy<PersistentVolumeClaim> = {
  applyDefaults: (claim) => withSpec(claim, (spec) => withDefaults(spec, { volumeMode: "Filesystem" })),
  prepareForCreate: withStatus<PersistentVolumeClaim>({ phase: "Pending" }),
  validate: ({ spec }) => [
    ...((spec.accessModes ?? []).length === 0
      ? [required("spec.accessModes", "at least 1 access mode is required")]
      : []),
    ...(spec.resources?.requests?.storage === undefined ? [required("spec.resources[storage]")] : []),
    ...oneOf("spec.volumeMode", spec.volumeMode, ["Block", "Filesystem"]),
  ],
};

export const persistentVolumeStrategy: Strategy<PersistentVolume> = {
  applyDefaults: (volume) =>
    withSpec(volume, (spec) =>
      withDefaults(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" }),
    ),
  prepareForCreate: withStatus<PersistentVolume>({ phase: "Pending" }),
};

/** ReplicationControllers take labels and selector from their template when they have none. */
export const replicationControllerStrategy: Strategy<ReplicationController> = {
  applyDefaults: (controller) => {
    const template = defaultPodTemplate(controller.spec?.template);
    const labels = template.metadata?.labels;
    const labelled =
      labels === undefined || controller.metadata.labels !== undefined
        ? controller
        : { ...controller, metadata: { ...controller.metadata, labels } };
    return withSpec(labelled, (spec) =>
      withDefaults(withField(spec, "template", template), {
        replicas: 1,
        ...(labels === undefined ? {} : { selector: labels }),
      }),
    );
  },
  prepareForCreate: withStatus<ReplicationController>({ replicas: 0 }),
  validate: ({ spec }) => [
    ...workloadSelector(
      spec.selector === undefined ? undefined : { matchLabels: spec.selector },
      spec.template?.metadata?.labels,
      "replicationcontroller",
    ),
    ...(spec.template === undefined
      ? [required("spec.template")]
      : validateAlwaysRestartingTemplate(spec.template, undefined, "ReplicationController")),
  ],
};
