import { dns1123LabelErrors } from "../../apimachinery/index.ts";
import {
  duplicate,
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  notFound,
  oneOf,
  portNameErrors,
  portNumber,
  required,
  requiredAnd,
  requiredOneOf,
} from "../validation.ts";
import { validateEnvironment } from "./environment-validation.ts";
import { type VolumesByName, validateMounts } from "./mount-validation.ts";
import type { Container, ContainerPort, EphemeralContainer, PodSpec } from "./pod.ts";
import { forbiddenHooks, validateHooks } from "./probe-validation.ts";
import { validateResources } from "./resource-validation.ts";
import { validateSecurityContext } from "./security-validation.ts";

/** All containers of a pod: those that run, those before them, and those put beside them later. */
export function validateContainers(spec: PodSpec, path: string, volumes: VolumesByName): Findings {
  const containers = spec.containers ?? [];
  if (containers.length === 0) return [required(`${path}.containers`)];
  const names = new Set<string>();
  const regular = eachItem(containers, (container, index) => {
    const field = `${path}.containers[${index}]`;
    return [
      ...common(container, field, spec, volumes),
      ...taken(names, container.name, field),
      ...validateHooks(container, field, spec.terminationGracePeriodSeconds),
      ...(container.restartPolicy === undefined
        ? NOTHING
        : [forbidden(`${field}.restartPolicy`, "may not be set for non-init containers")]),
    ];
  });
  const init = spec.initContainers === undefined ? NOTHING : initContainers(spec, path, volumes);
  const ephemeral = spec.ephemeralContainers === undefined ? NOTHING : ephemeralContainers(spec, path, volumes);
  const conflicts = hostPortConflicts(containers, `${path}.containers`);
  if (regular.length + conflicts.length + init.length + ephemeral.length === 0) return NOTHING;
  return [...regular, ...conflicts, ...init, ...ephemeral];
}

function initContainers(spec: PodSpec, path: string, volumes: VolumesByName): Findings {
  const names = new Set(spec.containers.map(({ name }) => name));
  return eachItem(spec.initContainers, (container, index) => {
    const field = `${path}.initContainers[${index}]`;
    const { restartPolicy } = container;
    return [
      ...common(container, field, spec, volumes),
      ...(restartPolicy === undefined ? NOTHING : oneOf(`${field}.restartPolicy`, restartPolicy, ["Always"])),
      ...(container.name ? taken(names, container.name, field) : NOTHING),
      ...hostPortConflicts([container], `${path}.initContainers`),
      ...(restartPolicy === "Always"
        ? validateHooks(container, field, spec.terminationGracePeriodSeconds)
        : forbiddenHooks(container, field)),
    ];
  });
}

const NOT_EPHEMERAL = [
  "ports",
  "resizePolicy",
  "restartPolicy",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const;
const CANNOT = "cannot be set for an Ephemeral Container";

function ephemeralContainers(spec: PodSpec, path: string, volumes: VolumesByName): Findings {
  const others = new Set([...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(others);
  return eachItem(spec.ephemeralContainers, (container, index) => {
    const field = `${path}.ephemeralContainers[${index}]`;
    const { targetContainerName: target = "" } = container;
    return [
      ...common(container, field, spec, volumes),
      ...imagePadding(container, field),
      ...taken(names, container.name, field),
      ...(target !== "" && !others.has(target) ? [notFound(`${field}.targetContainerName`, target)] : NOTHING),
      ...notForEphemeral(container, field),
    ];
  });
}

function notForEphemeral(container: EphemeralContainer, path: string): Findings {
  const { resources = {} } = container;
  return [
    ...(Object.keys(resources).length > 0 ? [forbidden(`${path}.resources`, CANNOT)] : NOTHING),
    ...NOT_EPHEMERAL.flatMap((name) =>
      container[name] === undefined ? NOTHING : [forbidden(`${path}.${name}`, CANNOT)],
    ),
    ...eachItem(container.volumeMounts, ({ subPath = "", subPathExpr = "" }, index) => [
      ...(subPath === "" ? NOTHING : [forbidden(`${path}.volumeMounts[${index}].subPath`, CANNOT)]),
      ...(subPathExpr === "" ? NOTHING : [forbidden(`${path}.volumeMounts[${index}].subPathExpr`, CANNOT)]),
    ]),
  ];
}

/** Pods refuse what templates let through, to keep old templates writable (`validateContainerOnlyForPod`). */
export function imagePadding({ image = "" }: Container, path: string): Findings {
  return image === image.trim()
    ? NOTHING
    : [invalid(`${path}.image`, image, "must not have leading or trailing whitespace")];
}

function taken(names: Set<string>, name: string, path: string): Findings {
  if (names.has(name)) return [duplicate(`${path}.name`, name)];
  names.add(name);
  return NOTHING;
}

const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const MESSAGE_POLICIES = ["File", "FallbackToLogsOnError"];

function common(container: Container, path: string, spec: PodSpec, volumes: VolumesByName): Findings {
  const { ports, resizePolicy, imagePullPolicy, terminationMessagePolicy } = container;
  return [
    ...requiredAnd(`${path}.name`, container.name, dns1123LabelErrors),
    ...(container.image ? NOTHING : [required(`${path}.image`)]),
    ...requiredOneOf(`${path}.terminationMessagePolicy`, terminationMessagePolicy, MESSAGE_POLICIES),
    ...(ports === undefined ? NOTHING : checkPorts(ports, `${path}.ports`)),
    ...validateEnvironment(container, path),
    ...validateMounts(container, path, volumes),
    ...requiredOneOf(`${path}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES),
    ...validateResources(container.resources, `${path}.resources`, spec.resourceClaims),
    ...(resizePolicy === undefined ? NOTHING : checkResizePolicy(resizePolicy, `${path}.resizePolicy`, spec)),
    ...validateSecurityContext(container.securityContext, `${path}.securityContext`, spec.hostUsers !== false),
  ];
}

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

function checkPorts(ports: readonly ContainerPort[], path: string): Findings {
  const names = new Set<string>();
  return eachItem(ports, ({ name = "", containerPort = 0, hostPort = 0, protocol }, index) => {
    const field = `${path}[${index}]`;
    const details = name === "" ? NO_TEXT : portNameErrors(name);
    const isRepeated = name !== "" && details.length === 0 && names.has(name);
    names.add(name);
    return [
      ...invalidFor(`${field}.name`, name, details),
      ...(isRepeated ? [duplicate(`${field}.name`, name)] : NOTHING),
      ...(containerPort === 0
        ? [required(`${field}.containerPort`)]
        : portNumber(`${field}.containerPort`, containerPort)),
      ...(hostPort === 0 ? NOTHING : portNumber(`${field}.hostPort`, hostPort)),
      ...requiredOneOf(`${field}.protocol`, protocol, PROTOCOLS),
    ];
  });
}

const NO_TEXT: readonly string[] = [];

function hostPortConflicts(containers: readonly Container[], path: string): Findings {
  const seen = new Set<string>();
  return eachItem(containers, ({ ports }, at) =>
    eachItem(ports, ({ hostPort = 0, hostIP = "", protocol = "TCP" }, index) => {
      if (hostPort === 0) return NOTHING;
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (seen.has(key)) return [duplicate(`${path}[${at}].ports[${index}].hostPort`, key)];
      seen.add(key);
      return NOTHING;
    }),
  );
}

const RESIZABLE = ["cpu", "memory"];
const ON_RESIZE = ["NotRequired", "RestartContainer"];

function checkResizePolicy(policies: NonNullable<Container["resizePolicy"]>, path: string, spec: PodSpec): Findings {
  const seen = new Set<string>();
  return eachItem(policies, ({ resourceName, restartPolicy }, index) => {
    const isRepeated = seen.has(resourceName);
    seen.add(resourceName);
    return [
      ...(isRepeated ? [duplicate(`${path}[${index}]`, resourceName)] : NOTHING),
      ...requiredOneOf(path, resourceName, RESIZABLE),
      ...requiredOneOf(path, restartPolicy, ON_RESIZE),
      ...(spec.restartPolicy === "Never" && restartPolicy !== "NotRequired"
        ? [invalid(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'")]
        : NOTHING),
    ];
  });
}
