import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
  validateLabelSelector,
} from "../../apimachinery/index.ts";
import type { LabelSelector } from "../shared.ts";
import {
  eachEntry,
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  oneOf,
  optionalOneOf,
  required,
} from "../validation.ts";
import type {
  Affinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  PodSpec,
  Toleration,
} from "./pod.ts";

/** What annotations of a template are called. */
export function annotationKeys(annotations: Readonly<Record<string, string>> | undefined, field: string): Findings {
  return eachEntry(annotations, (key) => invalidFor(field, key, qualifiedNameErrors(key.toLowerCase())));
}

/** Labels by key and value (`ValidateLabels`), as a node selector is. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, field: string): Findings {
  return eachEntry(labels, (key, value) => [
    ...invalidFor(field, key, qualifiedNameErrors(key)),
    ...invalidFor(field, value, labelValueErrors(value)),
  ]);
}

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** What a pod tolerates (`ValidateTolerations`). */
export function validateTolerations(tolerations: readonly Toleration[] | undefined, path: string): Findings {
  return eachItem(tolerations, (toleration, index) => {
    const field = `${path}[${index}]`;
    const { key = "", operator = "", value = "", effect = "" } = toleration;
    return [
      ...(key === "" ? NOTHING : invalidFor(`${field}.key`, key, qualifiedNameErrors(key))),
      ...(key === "" && operator !== "Exists"
        ? [
            invalid(
              `${field}.operator`,
              operator,
              'operator must be Exists when `key` is empty, which means "match all values and all keys"',
            ),
          ]
        : NOTHING),
      ...(toleration.tolerationSeconds !== undefined && effect !== "NoExecute"
        ? [invalid(`${field}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")]
        : NOTHING),
      ...tolerationValue(operator, value, `${field}.operator`),
      ...(effect === "" ? NOTHING : oneOf(`${field}.effect`, effect, EFFECTS)),
    ];
  });
}

function tolerationValue(operator: string, value: string, field: string): Findings {
  if (operator === "Exists")
    return value === "" ? NOTHING : [invalid(field, value, "value must be empty when `operator` is 'Exists'")];
  if (operator !== "Equal" && operator !== "") return [notSupported(field, operator, ["Equal", "Exists"])];
  const details = labelValueErrors(value);
  return details.length === 0 ? NOTHING : [invalid(field, value, details.join(";"))];
}

/** Where a pod wants to be, and beside whom (`validateAffinity`). */
export function validateAffinity(affinity: Affinity | undefined, path: string): Findings {
  if (affinity === undefined) return NOTHING;
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  const required_ = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const preferred = nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
  const field = `${path}.nodeAffinity`;
  return [
    ...(required_ === undefined
      ? NOTHING
      : validateNodeSelector(required_, `${field}.requiredDuringSchedulingIgnoredDuringExecution`)),
    ...eachItem(preferred, ({ weight, preference }, index) => {
      const term = `${field}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      return [...weightOf(weight, term), ...nodeTerm(preference ?? {}, `${term}.preference`, false)];
    }),
    ...podTerms(podAffinity, `${path}.podAffinity`),
    ...podTerms(podAntiAffinity, `${path}.podAntiAffinity`),
  ];
}

/** Which nodes are meant (`ValidateNodeSelector`). */
export function validateNodeSelector(
  selector: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] },
  path: string,
): Findings {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [required(`${path}.nodeSelectorTerms`, "must have at least one node selector term")];
  return eachItem(terms, (term, index) => nodeTerm(term, `${path}.nodeSelectorTerms[${index}]`, true));
}

function weightOf(weight: number, path: string): Findings {
  return weight > 0 && weight <= 100 ? NOTHING : [invalid(`${path}.weight`, weight ?? 0, "must be in the range 1-100")];
}

function nodeTerm(term: NodeSelectorTerm, path: string, strict: boolean): Findings {
  return [
    ...eachItem(term.matchExpressions, (rule, index) => nodeRule(rule, `${path}.matchExpressions[${index}]`, strict)),
    ...eachItem(term.matchFields, (rule, index) => nodeField(rule, `${path}.matchFields[${index}]`)),
  ];
}

function nodeRule({ key, operator, values = [] }: NodeSelectorRequirement, path: string, strict: boolean): Findings {
  return [
    ...operatorAndValues(operator, values, path),
    ...invalidFor(`${path}.key`, key ?? "", qualifiedNameErrors(key ?? "")),
    ...(strict
      ? eachItem(values, (value, index) => invalidFor(`${path}.values[${index}]`, value, labelValueErrors(value)))
      : NOTHING),
  ];
}

function operatorAndValues(operator: string, values: readonly string[], path: string): Findings {
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0
        ? NOTHING
        : [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      return values.length === 0
        ? NOTHING
        : [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case "Gt":
    case "Lt":
      return values.length === 1
        ? NOTHING
        : [required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalid(`${path}.operator`, operator ?? "", "not a valid selector operator")];
  }
}

function nodeField({ key, operator, values = [] }: NodeSelectorRequirement, path: string): Findings {
  const isIn = operator === "In" || operator === "NotIn";
  return [
    ...(isIn ? NOTHING : [invalid(`${path}.operator`, operator ?? "", "not a valid selector operator")]),
    ...(isIn && values.length !== 1
      ? [
          required(
            `${path}.values`,
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
          ),
        ]
      : NOTHING),
    ...(key === "metadata.name"
      ? eachItem(values, (value, index) => invalidFor(`${path}.values[${index}]`, value, dns1123SubdomainErrors(value)))
      : [invalid(`${path}.key`, key ?? "", "not a valid field selector key")]),
  ];
}

function podTerms(affinity: PodAffinity | undefined, path: string): Findings {
  if (affinity === undefined) return NOTHING;
  return [
    ...eachItem(affinity.requiredDuringSchedulingIgnoredDuringExecution, (term, index) =>
      podTerm(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`),
    ),
    ...eachItem(affinity.preferredDuringSchedulingIgnoredDuringExecution, ({ weight, podAffinityTerm }, index) => {
      const field = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      return [...weightOf(weight, field), ...podTerm(podAffinityTerm, `${field}.podAffinityTerm`)];
    }),
  ];
}

function podTerm(term: PodAffinityTerm, path: string): Findings {
  const { labelSelector, namespaceSelector, topologyKey = "", matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  return [
    ...(labelSelector === undefined ? NOTHING : validateLabelSelector(labelSelector, `${path}.labelSelector`)),
    ...(namespaceSelector === undefined
      ? NOTHING
      : validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`)),
    ...eachItem(term.namespaces, (name) => invalidFor(`${path}.namespace`, name, dns1123LabelErrors(name))),
    ...labelKeys(matchLabelKeys, `${path}.matchLabelKeys`, labelSelector),
    ...labelKeys(mismatchLabelKeys, `${path}.mismatchLabelKeys`, labelSelector),
    ...eachItem(matchLabelKeys, (key, index) =>
      mismatchLabelKeys.includes(key)
        ? [invalid(`${path}.matchLabelKeys[${index}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys")]
        : NOTHING,
    ),
    ...(topologyKey === "" ? [required(`${path}.topologyKey`, "can not be empty")] : NOTHING),
    ...invalidFor(`${path}.topologyKey`, topologyKey, qualifiedNameErrors(topologyKey)),
  ];
}

function labelKeys(keys: readonly string[], path: string, selector: LabelSelector | undefined): Findings {
  if (keys.length === 0) return NOTHING;
  if (selector === undefined) return [forbidden(path, "must not be specified when labelSelector is not set")];
  return eachItem(keys, (key, index) => invalidFor(`${path}[${index}]`, key, qualifiedNameErrors(key)));
}

type SpreadConstraint = {
  readonly maxSkew?: number;
  readonly topologyKey?: string;
  readonly whenUnsatisfiable?: string;
  readonly labelSelector?: LabelSelector;
  readonly minDomains?: number;
  readonly nodeAffinityPolicy?: string;
  readonly nodeTaintsPolicy?: string;
  readonly matchLabelKeys?: readonly string[];
};

/** How pods spread over topologies (`validateTopologySpreadConstraints`). */
export function validateSpread(given: PodSpec["topologySpreadConstraints"], path: string): Findings {
  const constraints = given as readonly SpreadConstraint[] | undefined;
  return eachItem(constraints, (constraint, index) => {
    const { maxSkew = 0, topologyKey = "", whenUnsatisfiable = "" } = constraint;
    const field = `${path}[${index}]`;
    const isRepeated = constraints
      ?.slice(index + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    const value = `{${topologyKey}, ${whenUnsatisfiable}}`;
    return [
      ...(maxSkew > 0 ? NOTHING : [invalid(`${field}.maxSkew`, maxSkew, "must be greater than zero")]),
      ...(topologyKey === "" ? [required(`${field}.topologyKey`, "can not be empty")] : NOTHING),
      ...oneOf(`${field}.whenUnsatisfiable`, whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"]),
      ...(isRepeated === true
        ? [
            {
              type: "FieldValueDuplicate",
              field: `${field}.{topologyKey, whenUnsatisfiable}`,
              value,
              detail: "",
            } as const,
          ]
        : NOTHING),
      ...spreadOptions(constraint, field),
    ];
  });
}

function spreadOptions(constraint: SpreadConstraint, path: string): Findings {
  const { minDomains, whenUnsatisfiable = "", labelSelector: selector, matchLabelKeys = [] } = constraint;
  // One requirement of a key is what the keys themselves have become when the pod was made.
  const isSelected = (label: string): boolean =>
    Object.hasOwn(selector?.matchLabels ?? {}, label) ||
    (selector?.matchExpressions ?? []).filter(({ key }) => key === label).length > 1;
  return [
    ...(minDomains !== undefined && minDomains <= 0
      ? [invalid(`${path}.minDomains`, minDomains, "must be greater than zero")]
      : NOTHING),
    ...(minDomains !== undefined && whenUnsatisfiable !== "DoNotSchedule"
      ? [
          invalid(
            `${path}.minDomains`,
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
          ),
        ]
      : NOTHING),
    ...optionalOneOf(`${path}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, ["Honor", "Ignore"]),
    ...optionalOneOf(`${path}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, ["Honor", "Ignore"]),
    ...labelKeys(matchLabelKeys, `${path}.matchLabelKeys`, selector),
    ...eachItem(matchLabelKeys, (key, index) =>
      isSelected(key)
        ? [invalid(`${path}.matchLabelKeys[${index}]`, key, "exists in both matchLabelKeys and labelSelector")]
        : NOTHING,
    ),
    ...(selector === undefined ? NOTHING : validateLabelSelector(selector, `${path}.labelSelector`)),
  ];
}
