import type { FieldError } from "../../apimachinery/index.ts";
import {
  duplicate,
  eachItem,
  forbidden,
  invalid,
  nonNegative,
  notFound,
  oneOf,
  portNumber,
  required,
  requiredLabel,
} from "../validation.ts";
import type { Container, ContainerPort, PodSpec, PodTemplateSpec } from "./pod.ts";

type Findings = readonly FieldError[];

/** Checks a pod's spec at `path` (`pkg/apis/core/validation.ValidatePodSpec`, the part that matters here). */
export function validatePodSpec(spec: PodSpec, path: string): Findings {
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const containers = spec.containers ?? [];
  return [
    ...uniqueNames(spec.volumes ?? [], `${path}.volumes`),
    ...(containers.length === 0 ? [required(`${path}.containers`)] : []),
    ...uniqueNames([...containers], `${path}.containers`),
    ...eachItem(containers, (container, index) => checkContainer(container, `${path}.containers[${index}]`, volumes)),
    ...initNames(spec, path),
    ...eachItem(spec.initContainers, (container, index) =>
      checkContainer(container, `${path}.initContainers[${index}]`, volumes),
    ),
    ...oneOf(`${path}.restartPolicy`, spec.restartPolicy, ["Always", "OnFailure", "Never"]),
    ...oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]),
    ...(spec.dnsPolicy === "None" && (spec.dnsConfig?.nameservers ?? []).length === 0
      ? [required(`${path}.dnsConfig.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None")]
      : []),
    ...nonNegative(`${path}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds),
    ...(spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds < 1
      ? [
          invalid(
            `${path}.activeDeadlineSeconds`,
            spec.activeDeadlineSeconds,
            "must be between 1 and 2147483647, inclusive",
          ),
        ]
      : []),
    ...checkTolerations(spec, `${path}.tolerations`),
  ];
}

/** Checks the template of a workload whose pods must restart always. */
export function validateAlwaysRestartingTemplate(template: PodTemplateSpec): Findings {
  const findings = validatePodSpec(template.spec, "spec.template.spec");
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  const known = restartPolicy === "OnFailure" || restartPolicy === "Never";
  return [
    ...findings,
    ...(known ? oneOf("spec.template.spec.restartPolicy", restartPolicy, ["Always"]) : []),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [
          forbidden("spec.template.spec.activeDeadlineSeconds", "activeDeadlineSeconds in ReplicaSet is not Supported"),
        ]),
  ];
}

function uniqueNames(items: readonly { readonly name?: string }[], path: string): Findings {
  const seen = new Set<string>();
  return items.flatMap(({ name }, index) => {
    const field = `${path}[${index}].name`;
    const findings = requiredLabel(field, name);
    if (findings.length > 0 || name === undefined) return findings;
    if (seen.has(name)) return [duplicate(field, name)];
    seen.add(name);
    return [];
  });
}

/** Init containers share the names of containers. */
function initNames(spec: PodSpec, path: string): Findings {
  const taken = new Set((spec.containers ?? []).map((container) => container.name));
  return [
    ...uniqueNames(spec.initContainers ?? [], `${path}.initContainers`),
    ...eachItem(spec.initContainers, ({ name }, index) =>
      taken.has(name) ? [duplicate(`${path}.initContainers[${index}].name`, name)] : [],
    ),
  ];
}

function checkContainer(container: Container, path: string, volumes: ReadonlySet<string>): Findings {
  const { image = "" } = container;
  return [
    ...(image === "" ? [required(`${path}.image`)] : []),
    ...(image !== image.trim()
      ? [invalid(`${path}.image`, image, "must not have leading or trailing whitespace")]
      : []),
    ...oneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ["Always", "IfNotPresent", "Never"]),
    ...eachItem(container.ports, (port, index) => checkPort(port, `${path}.ports[${index}]`)),
    ...eachItem(container.env, ({ name }, index) => (name ? [] : [required(`${path}.env[${index}].name`)])),
    ...eachItem(container.volumeMounts, ({ name, mountPath }, index) => [
      ...(!name ? [required(`${path}.volumeMounts[${index}].name`)] : []),
      ...(name && !volumes.has(name) ? [notFound(`${path}.volumeMounts[${index}].name`, name)] : []),
      ...(mountPath ? [] : [required(`${path}.volumeMounts[${index}].mountPath`)]),
    ]),
    ...repeatedMounts(container, path),
  ];
}

function repeatedMounts(container: Container, path: string): Findings {
  const seen = new Set<string>();
  return eachItem(container.volumeMounts, ({ mountPath }, index) => {
    if (seen.has(mountPath)) return [invalid(`${path}.volumeMounts[${index}].mountPath`, mountPath, "must be unique")];
    seen.add(mountPath);
    return [];
  });
}

function checkPort(port: ContainerPort, path: string): Findings {
  return [
    ...(port.containerPort === undefined || port.containerPort === 0
      ? [required(`${path}.containerPort`)]
      : portNumber(`${path}.containerPort`, port.containerPort)),
    ...(port.hostPort === undefined || port.hostPort === 0 ? [] : portNumber(`${path}.hostPort`, port.hostPort)),
    ...oneOf(`${path}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"]),
  ];
}

function checkTolerations(spec: PodSpec, path: string): Findings {
  return eachItem(spec.tolerations, (toleration, index) => {
    const field = `${path}[${index}]`;
    const { key = "", operator = "Equal", value = "", effect = "" } = toleration;
    return [
      ...(key === "" && operator !== "Exists"
        ? [
            invalid(
              `${field}.operator`,
              operator,
              'operator must be Exists when `key` is empty, which means "match all values and all keys"',
            ),
          ]
        : []),
      ...(operator === "Exists" && value !== ""
        ? [invalid(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'")]
        : []),
      ...(toleration.tolerationSeconds !== undefined && effect !== "NoExecute"
        ? [invalid(`${field}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")]
        : []),
    ];
  });
}
