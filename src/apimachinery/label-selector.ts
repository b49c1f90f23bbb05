import { compareText } from "../std/index.ts";
import { invalid } from "./field-errors.ts";
import { labelValueErrors, qualifiedNameErrors } from "./names.ts";
import type { FieldError } from "./status-error.ts";

export type LabelSelectorRequirement = {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
};

/** metav1.LabelSelector. */
export type LabelSelector = {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
};

/** Whether a set of labels is selected; absent labels are the empty set. */
export type LabelMatcher = (labels: Readonly<Record<string, string>> | undefined) => boolean;

/** Whether `selector` selects `labels`. An absent selector selects nothing, an empty one everything. */
export function matchesLabelSelector(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (selector === undefined || selector === null) return false;
  const wanted = selector.matchLabels;
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return (
    selector.matchExpressions?.every((requirement) => meets(requirement, ownLabel(labels, requirement.key))) ?? true
  );
}

/** The selector in its query form (`app=web,tier in (a,b)`), requirements ordered by key; `""` selects everything. */
export function labelSelectorQuery(selector: LabelSelector): string {
  const requirements: { key: string; text: string }[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push({ key, text: `${key}=${value}` });
  }
  for (const requirement of selector.matchExpressions ?? []) {
    requirements.push({
      key: requirement.key,
      text: requirementText(requirement),
    });
  }
  requirements.sort((left, right) => compareText(left.key, right.key));
  return requirements.map((requirement) => requirement.text).join(",");
}

/** The selector as kubectl prints it: its query form, or `<none>` when it is absent or empty. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  const text = selector === undefined ? "" : labelSelectorQuery(selector);
  return text === "" ? "<none>" : text;
}

/** `k8s.io/apimachinery/pkg/apis/meta/v1/validation.ValidateLabelSelector`. */
export function validateLabelSelector(selector: LabelSelector, fieldPath: string): FieldError[] {
  const errors: FieldError[] = [];
  const labelsPath = `${fieldPath}.matchLabels`;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    errors.push(...qualifiedNameErrors(key).map((detail) => invalid(labelsPath, key, detail)));
    errors.push(...labelValueErrors(value).map((detail) => invalid(labelsPath, value, detail)));
  }
  selector.matchExpressions?.forEach((requirement, index) => {
    errors.push(...validateRequirement(requirement, `${fieldPath}.matchExpressions[${index}]`));
  });
  return errors;
}

/** A label called `constructor` is not on every object. */
function ownLabel(labels: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function meets(requirement: LabelSelectorRequirement, value: string | undefined): boolean {
  switch (requirement.operator) {
    case "In":
      return value !== undefined && requirement.values?.includes(value) === true;
    case "NotIn":
      return value === undefined || requirement.values?.includes(value) !== true;
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

function requirementText(requirement: LabelSelectorRequirement): string {
  const values = `(${[...(requirement.values ?? [])].sort().join(",")})`;
  switch (requirement.operator) {
    case "In":
      return `${requirement.key} in ${values}`;
    case "NotIn":
      return `${requirement.key} notin ${values}`;
    case "Exists":
      return requirement.key;
    default:
      return `!${requirement.key}`;
  }
}

function validateRequirement(requirement: LabelSelectorRequirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const values = requirement.values ?? [];
  if (requirement.operator === "In" || requirement.operator === "NotIn") {
    if (values.length === 0) {
      const detail = "must be specified when `operator` is 'In' or 'NotIn'";
      errors.push({
        type: "FieldValueRequired",
        field: `${path}.values`,
        detail,
      });
    }
  } else if (requirement.operator === "Exists" || requirement.operator === "DoesNotExist") {
    if (values.length > 0) {
      const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      errors.push({
        type: "FieldValueForbidden",
        field: `${path}.values`,
        detail,
      });
    }
  } else errors.push(invalid(`${path}.operator`, requirement.operator, "not a valid selector operator"));
  errors.push(...qualifiedNameErrors(requirement.key).map((detail) => invalid(`${path}.key`, requirement.key, detail)));
  values.forEach((value, index) => {
    errors.push(...labelValueErrors(value).map((detail) => invalid(`${path}.values[${index}]`, value, detail)));
  });
  return errors;
}
