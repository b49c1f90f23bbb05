import {
  compareQuantities,
  formatQuantity,
  type Quantity,
  qualifiedNameErrors,
  quantityToNumber,
  tryParseQuantity,
} from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { withDefaults, withItems, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import {
  duplicate,
  eachEntry,
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  required,
} from "../validation.ts";
import type { LimitRange, LimitRangeItem, ResourceQuota } from "./limits.ts";
import type { ResourceList } from "./pod.ts";
import {
  containerResourceNameErrors,
  isQuotaResource,
  mayOvercommit,
  quotaResourceNameErrors,
  resourceNameErrors,
} from "./resource-names.ts";
import { quantityOf } from "./resource-validation.ts";

/** What is particular to ResourceQuotas (`pkg/registry/core/resourcequota`). */
export const resourceQuotaStrategy: Strategy<ResourceQuota> = {
  warnings: (quota, before) => (before === undefined ? quotaWarnings(quota.spec?.hard ?? {}) : []),
  validateStatus: ({ status = {} }) =>
    (["hard", "used"] as const).flatMap((list) =>
      eachEntry(status[list], (name, amount) => [
        ...invalidFor(`status.${list}[${name}]`, name, quotaResourceNameErrors(name)),
        ...quantityOf(name, `status.${list}[${name}]`, amount),
      ]),
    ),
  prepareForCreate: withStatus<ResourceQuota>({}),
  validate: ({ spec = {} }) => [
    ...eachEntry(spec.hard, (name, amount) => [
      ...invalidFor(`spec.hard[${name}]`, name, quotaResourceNameErrors(name)),
      ...quantityOf(name, `spec.hard[${name}]`, amount),
    ]),
    ...checkScopes(spec),
    ...checkScopeSelector(spec),
  ],
  validateUpdate: (after, before) => {
    const [next, old] = [after.spec?.scopes ?? [], before.spec?.scopes ?? []];
    return deepEqual([...next].sort(), [...old].sort())
      ? NOTHING
      : [invalid("spec.scopes", next, "field is immutable")];
  },
};

/** Resources of which more may be asked for than used. */
function quotaWarnings(hard: ResourceList): readonly string[] {
  return ["cpu", "memory", "storage", "ephemeral-storage"].flatMap((name) => {
    const bare = name === "cpu" || name === "memory" ? name : undefined;
    const asked = hard[`requests.${name}`] === undefined && bare !== undefined ? bare : `requests.${name}`;
    const [request, limit] = [tryParseQuantity(hard[asked]), tryParseQuantity(hard[`limits.${name}`])];
    if (request === undefined || limit === undefined || compareQuantities(request, limit) <= 0) return [];
    const [more, less] = [`${asked} (${formatQuantity(request)})`, `limits.${name} (${formatQuantity(limit)})`];
    return [`ResourceQuota ${more} should be less than ${less}`];
  });
}

type QuotaSpec = NonNullable<ResourceQuota["spec"]>;
type ScopeRule = { readonly scopeName: string; readonly operator: string; readonly values?: readonly string[] };

const SCOPES = [
  "Terminating",
  "NotTerminating",
  "BestEffort",
  "NotBestEffort",
  "PriorityClass",
  "CrossNamespacePodAffinity",
  "VolumeAttributesClass",
];
const EXCLUSIVE = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
];

/** Whether a scope tells apart what a resource counts (`helper.IsResourceQuotaScopeValidForResource`). */
function scopeCovers(scope: string, name: string): boolean {
  if (scope === "BestEffort") return name === "pods";
  if (scope === "VolumeAttributesClass") return name === "persistentvolumeclaims" || name === "requests.storage";
  const ofPods = name === "pods" || /^(?:(?:requests|limits)\.)?(?:cpu|memory|ephemeral-storage)$/.test(name);
  return SCOPES.includes(scope) && (ofPods || /^(?:requests\.)?hugepages-/.test(name));
}

function checkScopes({ scopes, hard = {} }: QuotaSpec): Findings {
  if (scopes === undefined || scopes.length === 0) return NOTHING;
  const standard = Object.keys(hard).filter(isQuotaResource);
  return [
    ...eachItem(scopes, (scope) => [
      ...(SCOPES.includes(scope) ? NOTHING : [invalid("spec.scopes", scopes, "unsupported scope")]),
      ...(SCOPES.includes(scope) ? standard : [])
        .filter((name) => !scopeCovers(scope, name))
        .map(() => invalid("spec.scopes", scopes, "unsupported scope applied to resource")),
    ]),
    ...conflicts(scopes, "spec.scopes", scopes),
  ];
}

function conflicts(scopes: readonly string[], field: string, shown: unknown): Findings {
  return EXCLUSIVE.flatMap((pair) =>
    pair.every((scope) => scopes.includes(scope)) ? [invalid(field, shown, "conflicting scopes")] : [],
  );
}

const ONLY_THERE = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];
const ONLY_EXISTS =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function checkScopeSelector({ scopeSelector, hard = {}, scopes = [] }: QuotaSpec): Findings {
  if (scopeSelector === undefined) return NOTHING;
  const path = "spec.scopeSelector.matchExpressions";
  const rules = (scopeSelector.matchExpressions ?? []) as readonly ScopeRule[];
  const standard = Object.keys(hard).filter(isQuotaResource);
  return [
    ...eachItem(rules, ({ scopeName, operator, values = [] }) => [
      ...(SCOPES.includes(scopeName) ? NOTHING : [invalid(`${path}.scopeName`, scopeName, "unsupported scope")]),
      ...(SCOPES.includes(scopeName) ? standard : [])
        .filter((name) => !scopeCovers(scopeName, name))
        .map(() => invalid(path, scopeSelector, "unsupported scope applied to resource")),
      ...(operator !== "Exists" && ONLY_THERE.includes(scopeName)
        ? [invalid(`${path}.operator`, operator, ONLY_EXISTS)]
        : NOTHING),
      ...scopeValues(operator, values, path),
    ]),
    ...conflicts(
      rules.map(({ scopeName }) => scopeName),
      path,
      scopes,
    ),
  ];
}

function scopeValues(operator: string, values: readonly string[], path: string): Findings {
  if (operator === "In" || operator === "NotIn")
    return values.length > 0
      ? NOTHING
      : [
          required(
            `${path}.values`,
            "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
          ),
        ];
  if (operator === "Exists" || operator === "DoesNotExist")
    return values.length === 0
      ? NOTHING
      : [
          invalid(
            `${path}.values`,
            values,
            "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
          ),
        ];
  return [invalid(`${path}.operator`, operator, "not a valid selector operator")];
}

/** What is particular to LimitRanges (`pkg/registry/core/limitrange`). */
export const limitRangeStrategy: Strategy<LimitRange> = {
  applyDefaults: (range) =>
    withSpec(range, (spec) =>
      withItems(spec, "limits", (item) => (item.type === "Container" ? withFilled(item) : item)),
    ),
  validate: ({ spec }) => {
    const types = new Set<string>();
    return eachItem(spec?.limits, (item, index) => {
      const path = `spec.limits[${index}]`;
      const isRepeated = types.has(item.type);
      types.add(item.type);
      return [
        ...invalidFor(`${path}.type`, item.type ?? "", typeErrors(item.type ?? "")),
        ...(isRepeated ? [duplicate(`${path}.type`, item.type)] : NOTHING),
        ...checkItem(item, path),
      ];
    });
  },
};

/** A maximum is the default limit, and that the default request (`SetDefaults_LimitRangeItem`). */
function withFilled(item: LimitRangeItem): LimitRangeItem {
  const limits: ResourceList = withDefaults<ResourceList>(item.default ?? {}, item.max ?? {});
  const requests = withDefaults<ResourceList>(
    withDefaults<ResourceList>(item.defaultRequest ?? {}, limits),
    item.min ?? {},
  );
  const changes = {
    ...(Object.keys(limits).length === 0 ? {} : { default: limits }),
    ...(Object.keys(requests).length === 0 ? {} : { defaultRequest: requests }),
  };
  return deepEqual({ ...item, ...changes }, item) ? item : { ...item, ...changes };
}

function typeErrors(type: string): readonly string[] {
  const errors = qualifiedNameErrors(type);
  const isKnown = type.includes("/") || ["Pod", "Container", "PersistentVolumeClaim"].includes(type);
  return errors.length > 0 || isKnown ? errors : ["must be a standard limit type or fully qualified"];
}

const LISTS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;
type List = (typeof LISTS)[number];

function checkItem(item: LimitRangeItem, path: string): Findings {
  const ofPod = item.type === "Pod";
  const nameErrors = ofPod || item.type === "Container" ? containerResourceNameErrors : resourceNameErrors;
  const isDefault = (list: List): boolean => list === "default" || list === "defaultRequest";
  const lists = LISTS.filter((list) => !(ofPod && isDefault(list)));
  const names = new Set(lists.flatMap((list) => Object.keys(item[list] ?? {})));
  const storage = item.min?.storage ?? item.max?.storage;
  return [
    ...lists.flatMap((list) =>
      eachEntry(item[list], (name) => invalidFor(`${path}.${list}[${name}]`, name, nameErrors(name))),
    ),
    ...LISTS.flatMap((list) =>
      ofPod && isDefault(list) && Object.keys(item[list] ?? {}).length > 0
        ? [forbidden(`${path}.${list}`, "may not be specified when `type` is 'Pod'")]
        : NOTHING,
    ),
    ...(item.type === "PersistentVolumeClaim" && storage === undefined
      ? [required(`${path}.limits`, "either minimum or maximum storage value is required, but neither was provided")]
      : NOTHING),
    ...[...names].flatMap((name) => checkOrder(item, name, path)),
  ];
}

function checkOrder(item: LimitRangeItem, name: string, path: string): Findings {
  const amount = (list: List): Quantity | undefined => tryParseQuantity(item[list]?.[name]);
  const [min, max, limit, request] = [amount("min"), amount("max"), amount("default"), amount("defaultRequest")];
  const above = (
    left: Quantity | undefined,
    right: Quantity | undefined,
    field: List,
    shown: "left" | "right",
    words: readonly [string, string],
  ): Findings => {
    if (left === undefined || right === undefined || compareQuantities(left, right) <= 0) return NOTHING;
    const [low, high] = [formatQuantity(left), formatQuantity(right)];
    const detail = `${words[0]} value ${low} is greater than ${words[1]} value ${high}`;
    return [invalid(`${path}.${field}[${name}]`, shown === "left" ? low : high, detail)];
  };
  return [
    ...above(min, max, "min", "left", ["min", "max"]),
    ...above(min, request, "defaultRequest", "right", ["min", "default request"]),
    ...above(request, max, "defaultRequest", "left", ["default request", "max"]),
    ...above(request, limit, "defaultRequest", "left", ["default request", "default limit"]),
    ...above(min, limit, "default", "left", ["min", "default"]),
    ...above(limit, max, "default", "right", ["default", "max"]),
    ...checkRatio(amount("maxLimitRequestRatio"), min, max, `${path}.maxLimitRequestRatio[${name}]`),
    ...(limit !== undefined && request !== undefined && !mayOvercommit(name) && compareQuantities(limit, request) !== 0
      ? [
          invalid(
            `${path}.defaultRequest[${name}]`,
            formatQuantity(request),
            `default value ${formatQuantity(limit)} must equal to defaultRequest value ${formatQuantity(request)} in ${name}`,
          ),
        ]
      : NOTHING),
  ];
}

function checkRatio(
  ratio: Quantity | undefined,
  min: Quantity | undefined,
  max: Quantity | undefined,
  field: string,
): Findings {
  if (ratio === undefined) return NOTHING;
  const shown = formatQuantity(ratio);
  const most = min === undefined || max === undefined ? undefined : quantityToNumber(max) / quantityToNumber(min);
  return [
    ...(quantityToNumber(ratio) < 1 ? [invalid(field, shown, `ratio ${shown} is less than 1`)] : NOTHING),
    ...(most !== undefined && quantityToNumber(ratio) > most
      ? [invalid(field, shown, `ratio ${shown} is greater than max/min = ${most.toFixed(6)}`)]
      : NOTHING),
  ];
}
