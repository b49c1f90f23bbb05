import { dns1123LabelErrors, dns1123SubdomainErrors, qualifiedNameErrors } from "../../apimachinery/index.ts";
import {
  duplicate,
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  oneOf,
  required,
  requiredOneOf,
} from "../validation.ts";
import { validAddress } from "./address-validation.ts";
import { imagePadding, validateContainers } from "./container-validation.ts";
import {
  annotationKeys,
  validateAffinity,
  validateLabels,
  validateSpread,
  validateTolerations,
} from "./placement-validation.ts";
import type { Pod, PodSpec, PodTemplateSpec } from "./pod.ts";
import { validateResources } from "./resource-validation.ts";
import { validatePodSecurity } from "./security-validation.ts";
import { validateVolumes } from "./volume-validation.ts";

/** Checks a pod's spec at `path` (`pkg/apis/core/validation.ValidatePodSpec`). */
export function validatePodSpec(spec: PodSpec, path: string): Findings {
  const volumes = validateVolumes(spec.volumes, `${path}.volumes`);
  return [
    ...volumes.findings,
    ...(spec.resourceClaims === undefined ? NOTHING : checkClaims(spec.resourceClaims, `${path}.resourceClaims`)),
    ...validateContainers(spec, path, volumes.sound),
    ...hostPorts(spec, path),
    ...requiredOneOf(`${path}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES),
    ...requiredOneOf(`${path}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurity(spec, path),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...checkDns(spec, `${path}.dnsConfig`),
    ...checkGates(spec, path),
    ...validateSpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...checkNames(spec, path),
    ...validateTolerations(spec.tolerations, `${path}.tolerations`),
    ...checkHostAliases(spec.hostAliases, `${path}.hostAliases`),
    ...checkRare(spec, path),
  ];
}

/** Checks a pod, new or changed (`ValidatePodCreate`, the first half of `ValidatePodUpdate`). */
export function validatePod(pod: Pod, before: Pod | undefined): Findings {
  const { spec } = pod;
  if (spec === before?.spec) return NOTHING;
  return [
    ...validatePodSpec(spec, "spec"),
    ...eachItem(spec.containers, (container, index) => imagePadding(container, `spec.containers[${index}]`)),
    ...eachItem(spec.initContainers, (container, index) => imagePadding(container, `spec.initContainers[${index}]`)),
    ...(before === undefined ? onlyLater(spec) : NOTHING),
  ];
}

function onlyLater({ ephemeralContainers = [], nodeName = "", schedulingGates = [] }: PodSpec): Findings {
  return [
    ...(ephemeralContainers.length > 0 ? [forbidden("spec.ephemeralContainers", "cannot be set on create")] : NOTHING),
    ...(nodeName !== "" && schedulingGates.length > 0
      ? [forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")]
      : NOTHING),
  ];
}

/** Checks a pod template at `path` (`ValidatePodTemplateSpec`). */
export function validatePodTemplate(template: PodTemplateSpec, path: string): Findings {
  const { labels, annotations } = template.metadata ?? {};
  return [
    ...validateLabels(labels, `${path}.labels`),
    ...annotationKeys(annotations, `${path}.annotations`),
    ...validatePodSpec(template.spec, `${path}.spec`),
    ...((template.spec.ephemeralContainers ?? []).length > 0
      ? [forbidden(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")]
      : NOTHING),
  ];
}

/** Checks the template of a workload whose pods must restart always; one that is as it was has been checked already. */
export function validateAlwaysRestartingTemplate(
  template: PodTemplateSpec,
  before?: PodTemplateSpec | undefined,
  workload = "ReplicaSet",
): Findings {
  if (template === before) return NOTHING;
  return [...validatePodTemplate(template, "spec.template"), ...validateRestartsAlways(template.spec, workload)];
}

/** Pods of a workload that must restart, and never end by themselves. */
export function validateRestartsAlways({ restartPolicy, activeDeadlineSeconds }: PodSpec, workload: string): Findings {
  return [
    ...oneOf("spec.template.spec.restartPolicy", restartPolicy, ["Always"]),
    ...(activeDeadlineSeconds === undefined
      ? NOTHING
      : [
          forbidden(
            "spec.template.spec.activeDeadlineSeconds",
            `activeDeadlineSeconds in ${workload} is not Supported`,
          ),
        ]),
  ];
}

const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
function hostPorts({ hostNetwork, containers }: PodSpec, path: string): Findings {
  if (hostNetwork !== true) return NOTHING;
  return eachItem(containers, ({ ports }, at) =>
    eachItem(ports, ({ hostPort = 0, containerPort }, index) =>
      hostPort === 0 || hostPort === containerPort
        ? NOTHING
        : [
            invalid(
              `${path}.containers[${at}].ports[${index}].hostPort`,
              hostPort,
              "must match `containerPort` when `hostNetwork` is true",
            ),
          ],
    ),
  );
}

function checkClaims(claims: NonNullable<PodSpec["resourceClaims"]>, path: string): Findings {
  const names = new Set<string>();
  return eachItem(claims, (claim, index) => {
    const field = `${path}[${index}]`;
    const { name, resourceClaimName: own, resourceClaimTemplateName: template } = claim;
    const isRepeated = names.has(name);
    names.add(name);
    return [
      ...(name ? NOTHING : [required(`${field}.name`)]),
      ...(name && isRepeated ? [duplicate(`${field}.name`, name)] : NOTHING),
      ...(name && !isRepeated ? invalidFor(`${field}.name`, name, dns1123LabelErrors(name)) : NOTHING),
      ...(own !== undefined && template !== undefined
        ? [invalid(field, claim, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")]
        : NOTHING),
      ...(own === undefined && template === undefined
        ? [invalid(field, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`")]
        : NOTHING),
      ...optionalName(`${field}.resourceClaimName`, own),
      ...optionalName(`${field}.resourceClaimTemplateName`, template),
    ];
  });
}

function optionalName(field: string, name: string | undefined): Findings {
  return name === undefined || name === "" ? NOTHING : invalidFor(field, name, dns1123SubdomainErrors(name));
}

/** Limits of Linux' resolver, as upstream counts them. */
const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_BYTES_MAX = 2048;

function checkDns({ dnsPolicy, dnsConfig }: PodSpec, path: string): Findings {
  const { nameservers = [], searches = [], options } = dnsConfig ?? {};
  if (dnsPolicy === "None" && dnsConfig === undefined)
    return [required(path, "must provide `dnsConfig` when `dnsPolicy` is None")];
  if (dnsPolicy === "None" && nameservers.length === 0)
    return [required(`${path}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None")];
  if (dnsConfig === undefined) return NOTHING;
  return [
    ...(nameservers.length > NAMESERVERS_MAX
      ? [invalid(`${path}.nameservers`, nameservers, `must not have more than ${NAMESERVERS_MAX} nameservers`)]
      : NOTHING),
    ...eachItem(nameservers, (server, index) => validAddress(`${path}.nameservers[${index}]`, server)),
    ...(searches.length > SEARCHES_MAX
      ? [invalid(`${path}.searches`, searches, `must not have more than ${SEARCHES_MAX} search paths`)]
      : NOTHING),
    ...(searches.join(" ").length > SEARCH_BYTES_MAX
      ? [
          invalid(
            `${path}.searches`,
            searches,
            `must not have more than ${SEARCH_BYTES_MAX} characters (including spaces) in the search list`,
          ),
        ]
      : NOTHING),
    ...eachItem(searches, (search, index) => checkSearch(search, `${path}.searches[${index}]`)),
    ...eachItem(options, ({ name }, index) =>
      name ? NOTHING : [required(`${path}.options[${index}]`, "must not be empty")],
    ),
  ];
}

const SEARCH_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SEARCH_PATTERN = `${SEARCH_LABEL}(\\.${SEARCH_LABEL})*`;
const searchPattern = new RegExp(`^${SEARCH_PATTERN}$`);

/** `.` alone, or a subdomain that may have underscores (RelaxedDNSSearchValidation). */
function checkSearch(search: string, field: string): Findings {
  const name = search.endsWith(".") ? search.slice(0, -1) : search;
  if (search === "." || (searchPattern.test(name) && name.length <= 253)) return NOTHING;
  // The text of the rule for names, which knows no underscores.
  const said = "lower case alphanumeric characters, ";
  return dns1123SubdomainErrors(name).map((text) =>
    invalid(field, name, text.replace(`${said}'-'`, `${said}'_', '-'`).replace(/'[^']*'\)$/, `'${SEARCH_PATTERN}')`)),
  );
}

function checkGates({ readinessGates, schedulingGates }: PodSpec, path: string): Findings {
  if (readinessGates === undefined && schedulingGates === undefined) return NOTHING;
  const seen = new Set<string>();
  return [
    ...eachItem(readinessGates, ({ conditionType = "" }, index) =>
      invalidFor(`${path}.readinessGates[${index}].conditionType`, conditionType, qualifiedNameErrors(conditionType)),
    ),
    ...eachItem(schedulingGates, ({ name = "" }, index) => {
      const field = `${path}.schedulingGates[${index}]`;
      const isRepeated = seen.has(name);
      seen.add(name);
      return [
        ...invalidFor(field, name, qualifiedNameErrors(name)),
        ...(isRepeated ? [duplicate(field, name)] : NOTHING),
      ];
    }),
  ];
}

function checkNames(spec: PodSpec, path: string): Findings {
  const { activeDeadlineSeconds: deadline, hostname = "", subdomain = "" } = spec;
  return [
    ...optionalName(`${path}.serviceAccountName`, spec.serviceAccountName),
    ...optionalName(`${path}.nodeName`, spec.nodeName),
    ...(deadline !== undefined && (deadline < 1 || deadline > 2_147_483_647)
      ? [invalid(`${path}.activeDeadlineSeconds`, deadline, "must be between 1 and 2147483647, inclusive")]
      : NOTHING),
    ...(hostname === "" ? NOTHING : invalidFor(`${path}.hostname`, hostname, dns1123LabelErrors(hostname))),
    ...(subdomain === "" ? NOTHING : invalidFor(`${path}.subdomain`, subdomain, dns1123LabelErrors(subdomain))),
  ];
}

function checkHostAliases(aliases: PodSpec["hostAliases"], path: string): Findings {
  return eachItem(aliases, ({ ip = "", hostnames }, index) => [
    ...validAddress(`${path}[${index}].ip`, ip),
    ...eachItem(hostnames, (name, at) =>
      invalidFor(`${path}[${index}].hostnames[${at}]`, name, dns1123SubdomainErrors(name)),
    ),
  ]);
}

function checkRare(spec: PodSpec, path: string): Findings {
  const { preemptionPolicy, overhead, os } = spec;
  return [
    ...optionalName(`${path}.priorityClassName`, spec.priorityClassName),
    ...optionalName(`${path}.runtimeClassName`, spec.runtimeClassName),
    ...(preemptionPolicy === undefined
      ? NOTHING
      : requiredOneOf(`${path}.preemptionPolicy`, preemptionPolicy, ["PreemptLowerPriority", "Never"])),
    ...(overhead === undefined ? NOTHING : validateResources({ limits: overhead }, `${path}.overhead`, [])),
    ...(os === undefined ? NOTHING : checkOs(os.name ?? "", `${path}.os`)),
  ];
}

function checkOs(name: string, path: string): Findings {
  if (name === "") return [required(`${path}.name`)];
  return name === "linux" || name === "windows" ? NOTHING : [notSupported(path, name, ["linux", "windows"])];
}
