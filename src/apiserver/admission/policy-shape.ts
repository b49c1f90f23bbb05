import { validateAdmissionRule, validateConditions } from "../../api/index.ts";
import {
  dns1035LabelErrors,
  dns1123SubdomainErrors,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  type KubeObject,
  notSupported,
  pathSegmentNameErrors,
  qualifiedNameErrors,
  required,
  validateLabelSelector,
} from "../../apimachinery/index.ts";
import { RESERVED } from "../cel/tokens.ts";
import type { MatchRule } from "./match-rules.ts";
import type { BindingSpec, MatchResources, ParamRef, PolicySpec, PolicyValidation } from "./policy-types.ts";

type Findings = readonly FieldError[];

/** What a policy is about and which kind its parameters are of: all of its spec that holds no expression. */
export function policyHeadErrors({ failurePolicy, paramKind, matchConstraints }: PolicySpec): Findings {
  return [
    ...(failurePolicy === undefined || failurePolicy === "Fail" || failurePolicy === "Ignore"
      ? []
      : [notSupported("spec.failurePolicy", failurePolicy, ["Fail", "Ignore"])]),
    ...(paramKind === undefined ? [] : paramKindErrors(paramKind)),
    ...(matchConstraints === undefined
      ? [required("spec.matchConstraints")]
      : [
          ...matchErrors(matchConstraints, "spec.matchConstraints"),
          ...((matchConstraints.resourceRules ?? []).length === 0
            ? [required("spec.matchConstraints.resourceRules")]
            : []),
        ]),
  ];
}

/** What a validation says to whom it refuses. */
export function validationTextErrors({ message = "", reason }: PolicyValidation, at: string): Findings {
  const trimmed = message.trim();
  return [
    ...(message !== "" && trimmed === "" ? [invalid(`${at}.message`, message, "must be non-empty if specified")] : []),
    ...(/[\n\r]/.test(trimmed) ? [invalid(`${at}.message`, message, "must not contain line breaks")] : []),
    ...(reason === undefined || REASONS.includes(reason) ? [] : [notSupported(`${at}.reason`, reason, REASONS)]),
  ];
}

/** A condition's name, as a qualified one. */
export function conditionNameErrors(name: string, field: string): Findings {
  return name === "" ? [required(field)] : qualifiedNameErrors(name).map((why) => invalid(field, name, why));
}

/** A name later expressions use. */
export function variableNameErrors(name: string, field: string): Findings {
  if (name.trim() === "") return [required(field, "name is not specified")];
  const isFine = /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !RESERVED.has(name);
  return isFine ? [] : [invalid(field, name, "must be a valid CEL identifier")];
}

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];

function paramKindErrors({ apiVersion = "", kind = "" }: NonNullable<PolicySpec["paramKind"]>): Findings {
  const field = "spec.paramKind.kind";
  const wrong = dns1035LabelErrors(kind.toLowerCase()).join(",");
  return [
    ...groupVersionErrors(apiVersion),
    ...(kind === "" ? [required(field)] : []),
    ...(kind !== "" && wrong !== ""
      ? [invalid(field, kind, `may have mixed case, but should otherwise match: ${wrong}`)]
      : []),
  ];
}

function groupVersionErrors(apiVersion: string): Findings {
  const field = "spec.paramKind.apiVersion";
  if (apiVersion === "") return [required(field)];
  const parts = apiVersion === "/" ? [""] : apiVersion.split("/");
  if (parts.length > 2) return [invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const version = parts.at(-1) ?? "";
  const group = parts.length === 2 ? (parts[0] ?? "") : "";
  const wrongGroup = group === "" ? "" : dns1123SubdomainErrors(group).join(",");
  const wrongVersion = dns1035LabelErrors(version).join(",");
  return [
    ...(wrongGroup === "" ? [] : [invalid(field, group, wrongGroup)]),
    ...(version === "" ? [invalid(field, apiVersion, "version must be specified")] : []),
    ...(version !== "" && wrongVersion !== "" ? [invalid(field, version, wrongVersion)] : []),
  ];
}

const POLICIES = ["Equivalent", "Exact"];

function matchErrors(match: MatchResources, path: string): Findings {
  const { matchPolicy, namespaceSelector = {}, objectSelector = {} } = match;
  return [
    ...(matchPolicy === undefined || POLICIES.includes(matchPolicy)
      ? []
      : [notSupported(`${path}.matchPolicy`, matchPolicy, POLICIES)]),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...validateLabelSelector(objectSelector, `${path}.objectSelector`),
    ...(["resourceRules", "excludeResourceRules"] as const).flatMap((list) =>
      (match[list] ?? []).flatMap((rule, index) => ruleErrors(rule, `${path}.${list}[${index}]`)),
    ),
  ];
}

function ruleErrors(rule: MatchRule, path: string): Findings {
  const names = rule.resourceNames ?? [];
  return [
    ...names.flatMap((name, index) => [
      ...pathSegmentNameErrors(name).map((why) => invalid(`${path}.resourceNames[${index}]`, name, why)),
      ...(names.indexOf(name) < index ? [duplicate(`${path}.resourceNames[${index}]`, name)] : []),
    ]),
    ...validateAdmissionRule(rule, path),
  ];
}

/** The status its controller writes. */
export function policyStatusErrors({ status }: KubeObject & { readonly status?: PolicyStatus }): Findings {
  const warnings = status?.typeChecking?.expressionWarnings ?? [];
  return [
    ...warnings.flatMap(({ warning = "", fieldRef = "" }, index) => {
      const at = `status.typeChecking.expressionWarnings[${index}]`;
      return [
        ...(warning === "" ? [required(`${at}.warning`)] : []),
        ...(fieldRef.trim() === "" ? [required(`${at}.fieldRef`)] : []),
      ];
    }),
    ...validateConditions(status?.conditions, "status.conditions"),
  ];
}

type PolicyStatus = {
  readonly typeChecking?: {
    readonly expressionWarnings?: readonly { readonly warning?: string; readonly fieldRef?: string }[];
  };
  readonly conditions?: Parameters<typeof validateConditions>[0];
};

const ACTIONS = ["Audit", "Deny", "Warn"];

/** What is wrong with a binding (`validateValidatingAdmissionPolicyBindingSpec`). */
export function bindingErrors(spec: BindingSpec = {}): Findings {
  const { policyName = "", validationActions: actions = [], paramRef, matchResources } = spec;
  const field = "spec.validationActions";
  const why =
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
  return [
    ...(policyName === "" ? [required("spec.policyName")] : []),
    ...(policyName === ""
      ? []
      : dns1123SubdomainErrors(policyName).map((wrong) => invalid("spec.policyName", policyName, wrong))),
    ...(paramRef === undefined ? [] : paramRefErrors(paramRef)),
    ...(matchResources === undefined ? [] : matchErrors(matchResources, "spec.matchResources")),
    ...actions.flatMap((action, index) => [
      ...(ACTIONS.includes(action) ? [] : [notSupported(`${field}[${index}]`, action, ACTIONS)]),
      ...(actions.indexOf(action) < index ? [duplicate(`${field}[${index}]`, action)] : []),
    ]),
    ...(actions.includes("Deny") && actions.includes("Warn") ? [invalid(field, actions, why)] : []),
    ...(actions.length === 0 ? [required(field, "at least one validation action is required")] : []),
  ];
}

function paramRefErrors({ name = "", selector, parameterNotFoundAction: action = "" }: ParamRef): Findings {
  const path = "spec.paramRef";
  const both = "name and selector are mutually exclusive";
  const hasBoth = name !== "" && selector !== undefined;
  return [
    ...(name === "" ? [] : pathSegmentNameErrors(name).map((why) => invalid(`${path}.name`, name, why))),
    ...(hasBoth ? [forbidden(`${path}.name`, both)] : []),
    ...(selector === undefined ? [] : validateLabelSelector(selector, `${path}.selector`)),
    ...(hasBoth ? [forbidden(`${path}.selector`, both)] : []),
    ...(name === "" && selector === undefined ? [required(path, "one of name or selector must be specified")] : []),
    ...(action === "" ? [required(`${path}.parameterNotFoundAction`)] : []),
    ...(action === "" || action === "Deny" || action === "Allow"
      ? []
      : [notSupported(`${path}.parameterNotFoundAction`, action, ["Deny", "Allow"])]),
  ];
}
