import { dns1123LabelErrors, dns1123SubdomainErrors, type Unstructured } from "../../apimachinery/index.ts";
import { withDefaults, withField } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import {
  alone,
  duplicate,
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  required,
  requiredAnd,
} from "../validation.ts";

type Fields = Readonly<Record<string, unknown>>;
type Texts = readonly string[];
type Spec = {
  readonly matchingPrecedence?: number;
  readonly distinguisherMethod?: { readonly type?: string };
  readonly priorityLevelConfiguration?: { readonly name?: string };
  readonly rules?: readonly Rule[];
};
type Rule = {
  readonly subjects?: readonly Subject[];
  readonly resourceRules?: readonly ResourceRule[];
  readonly nonResourceRules?: readonly { readonly verbs?: Texts; readonly nonResourceURLs?: Texts }[];
};
type Subject = {
  readonly kind?: string;
  readonly user?: { readonly name?: string };
  readonly group?: { readonly name?: string };
  readonly serviceAccount?: { readonly namespace?: string; readonly name?: string };
};
type ResourceRule = {
  readonly verbs?: Texts;
  readonly apiGroups?: Texts;
  readonly resources?: Texts;
  readonly namespaces?: Texts;
  readonly clusterScope?: boolean;
};

const PRECEDENCE = { least: 10_000, usual: 1000 };
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

/** FlowSchemas: which requests go to which level (`pkg/apis/flowcontrol/validation`). */
export const flowSchemaStrategy: Strategy<Unstructured> = {
  applyDefaults: (schema) => {
    const spec = (schema.spec ?? {}) as Spec;
    return spec.matchingPrecedence
      ? schema
      : withField<Unstructured, string>(schema, "spec", { ...spec, matchingPrecedence: PRECEDENCE.usual });
  },
  validate: ({ metadata, spec }) => checkSchema(metadata.name, (spec ?? {}) as Spec),
  validateStatus: checkConditions,
};

function checkSchema(name: string, spec: Spec): Findings {
  const { matchingPrecedence: place = 0, distinguisherMethod: method, priorityLevelConfiguration: level, rules } = spec;
  const field = "spec.matchingPrecedence";
  const methods = ["ByNamespace", "ByUser"];
  const levelField = "spec.priorityLevelConfiguration.name";
  return [
    ...(place <= 0 ? [invalid(field, place, "must be a positive value")] : NOTHING),
    ...(place > PRECEDENCE.least ? [invalid(field, place, `must not be greater than ${PRECEDENCE.least}`)] : NOTHING),
    ...(place === 1 && name !== "exempt"
      ? [invalid(field, place, "only the schema named 'exempt' may have matchingPrecedence 1")]
      : NOTHING),
    ...(method === undefined || methods.includes(method.type ?? "")
      ? NOTHING
      : [notSupported("spec.distinguisherMethod.type", { Type: method.type ?? "" }, methods)]),
    ...(level?.name
      ? invalidFor(levelField, level.name, dns1123SubdomainErrors(level.name))
      : [required(levelField, "must reference a priority level")]),
    ...eachItem(rules, (rule, index) => checkRule(rule, `spec.rules[${index}]`)),
  ];
}

function checkRule({ subjects = [], resourceRules = [], nonResourceRules = [] }: Rule, path: string): Findings {
  return [
    ...(subjects.length === 0
      ? [required(`${path}.subjects`, "subjects must contain at least one value")]
      : eachItem(subjects, (subject, index) => checkSubject(subject, `${path}.subjects[${index}]`))),
    ...(resourceRules.length + nonResourceRules.length === 0
      ? [required(path, "at least one of resourceRules and nonResourceRules has to be non-empty")]
      : NOTHING),
    ...eachItem(resourceRules, (rule, index) => checkResources(rule, `${path}.resourceRules[${index}]`)),
    ...eachItem(nonResourceRules, ({ verbs = [], nonResourceURLs: urls = [] }, index) => {
      const at = `${path}.nonResourceRules[${index}]`;
      const field = `${at}.nonResourceURLs`;
      return [
        ...checkVerbs(verbs, `${at}.verbs`),
        ...(urls.length === 0 ? [required(field, "nonResourceURLs must contain at least one value")] : NOTHING),
        ...alone(urls, field, "non-resource URLs"),
        ...(urls.includes("*") ? NOTHING : eachItem(urls, (url, place) => checkUrl(url, `${field}[${place}]`))),
      ];
    }),
  ];
}

const SUBJECTS = [
  ["serviceAccount", "ServiceAccount"],
  ["user", "User"],
  ["group", "Group"],
] as const;

function checkSubject(subject: Subject, path: string): Findings {
  const own = SUBJECTS.find(([, kind]) => kind === subject.kind);
  if (own === undefined) return [notSupported(`${path}.kind`, subject.kind ?? "", ["Group", "ServiceAccount", "User"])];
  const [field, kind] = own;
  const others = SUBJECTS.filter(([other]) => other !== field && subject[other] !== undefined);
  return [
    ...(subject[field] === undefined
      ? [required(`${path}.${field}`, `${field} is required when subject kind is '${kind}'`)]
      : field === "serviceAccount"
        ? checkAccount(subject.serviceAccount ?? {}, `${path}.${field}`)
        : requiredAnd(`${path}.${field}.name`, subject[field]?.name, () => [])),
    ...others.map(([other, its]) =>
      forbidden(`${path}.${other}`, `${other} is forbidden when subject kind is not '${its}'`),
    ),
  ];
}

function checkAccount({ name, namespace = "" }: NonNullable<Subject["serviceAccount"]>, path: string): Findings {
  return [
    ...requiredAnd(`${path}.name`, name, (given) => (given === "*" ? [] : dns1123SubdomainErrors(given))),
    ...(namespace === ""
      ? [required(`${path}.namespace`, "must specify namespace for service account")]
      : invalidFor(`${path}.namespace`, namespace, dns1123LabelErrors(namespace))),
  ];
}

function checkResources(rule: ResourceRule, path: string): Findings {
  const { verbs = [], apiGroups = [], resources = [], namespaces = [], clusterScope = false } = rule;
  const rest = "resource rules must supply at least one";
  const intro = "each member of this list must be '*' or a DNS-1123 label; ";
  const field = `${path}.namespaces`;
  return [
    ...checkVerbs(verbs, `${path}.verbs`),
    ...(apiGroups.length === 0 ? [required(`${path}.apiGroups`, `${rest} api group`)] : NOTHING),
    ...alone(apiGroups, `${path}.apiGroups`, "api groups"),
    ...(resources.length === 0 ? [required(`${path}.resources`, `${rest} resource`)] : NOTHING),
    ...alone(resources, `${path}.resources`, "resources"),
    ...(namespaces.length === 0 && !clusterScope
      ? [required(field, "resource rules that are not cluster scoped must supply at least one namespace")]
      : NOTHING),
    ...alone(namespaces, field, "namespaces"),
    ...(namespaces.includes("*")
      ? NOTHING
      : eachItem(namespaces, (namespace, index) =>
          invalidFor(
            `${field}[${index}]`,
            namespace,
            dns1123LabelErrors(namespace).map((why) => `${intro}${why}`),
          ),
        )),
  ];
}

function checkVerbs(verbs: Texts, field: string): Findings {
  if (verbs.length === 0) return [required(field, "verbs must contain at least one value")];
  if (verbs.includes("*")) return alone(verbs, field, "verbs");
  return verbs.every((verb) => VERBS.includes(verb)) ? NOTHING : [notSupported(field, verbs, VERBS)];
}

/** A path without a host, or all that begin like it (`ValidateNonResourceURLPath`). */
function checkUrl(path: string, field: string): Findings {
  if (path === "/") return NOTHING;
  const stars = path.split("*").length - 1;
  const wrong =
    path === ""
      ? "must not be empty"
      : !path.startsWith("/")
        ? "must start with slash"
        : path.includes(" ")
          ? "must not contain white-space"
          : path.includes("//")
            ? "must not contain double slash"
            : stars > 1 || (stars === 1 && !path.endsWith("/*"))
              ? "wildcard can only do suffix matching"
              : undefined;
  return wrong === undefined ? NOTHING : [invalid(field, path, wrong)];
}

/** Conditions of the group have a type each, and are asked nothing else. */
function checkConditions({ status }: Unstructured): Findings {
  const conditions = ((status as Fields | undefined)?.conditions ?? []) as readonly { readonly type?: string }[];
  const types = conditions.map(({ type = "" }) => type);
  return types.flatMap((type, index) => {
    const field = `status.conditions[${index}].type`;
    return [
      ...(types.indexOf(type) < index ? [duplicate(field, type)] : NOTHING),
      ...(type === "" ? [required(field)] : NOTHING),
    ];
  });
}

type Shares = { readonly nominalConcurrencyShares?: number; readonly lendablePercent?: number };
type Limited = Shares & {
  readonly borrowingLimitPercent?: number;
  readonly limitResponse?: { readonly type?: string; readonly queuing?: Queuing };
};
type Queuing = { readonly queues?: number; readonly handSize?: number; readonly queueLengthLimit?: number };
type Level = { readonly type?: string; readonly limited?: Limited; readonly exempt?: Shares };

const LIMITED: Shares = { nominalConcurrencyShares: 30, lendablePercent: 0 };
const EXEMPT: Shares = { nominalConcurrencyShares: 0, lendablePercent: 0 };
const QUEUING: Required<Queuing> = { queues: 64, handSize: 8, queueLengthLimit: 50 };

/** PriorityLevelConfigurations: how much of a server a level may take. */
export const priorityLevelStrategy: Strategy<Unstructured> = {
  applyDefaults: (object) => {
    const level = (object.spec ?? {}) as Level;
    const { limited, exempt } = level;
    if (limited !== undefined)
      return withField<Unstructured, string>(object, "spec", withField(level, "limited", completeLimited(limited)));
    return exempt === undefined
      ? object
      : withField<Unstructured, string>(object, "spec", withField(level, "exempt", withDefaults(exempt, EXEMPT)));
  },
  validate: ({ metadata, spec }) => checkLevel(metadata.name, (spec ?? {}) as Level),
  validateStatus: checkConditions,
};

/** Go's zeros are no numbers of queues. */
function completeLimited(limited: Limited): Limited {
  const filled = withDefaults<Limited>(limited, LIMITED);
  const { limitResponse } = filled;
  const queuing = limitResponse?.queuing;
  if (limitResponse === undefined || queuing === undefined) return filled;
  const { queues, handSize, queueLengthLimit } = queuing;
  if (queues && handSize && queueLengthLimit) return filled;
  const complete = {
    queues: queues || QUEUING.queues,
    handSize: handSize || QUEUING.handSize,
    queueLengthLimit: queueLengthLimit || QUEUING.queueLengthLimit,
  };
  return { ...filled, limitResponse: { ...limitResponse, queuing: complete } };
}

function checkLevel(name: string, { type = "", limited, exempt }: Level): Findings {
  const isOdd = (name === "exempt") !== (type === "Exempt");
  const known = ["Exempt", "Limited"];
  return [
    ...(isOdd ? [invalid("spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'")] : NOTHING),
    ...(type === "Exempt" && limited !== undefined
      ? [forbidden("spec.limited", "must be nil if the type is not Limited")]
      : NOTHING),
    ...(type === "Exempt" && exempt !== undefined ? checkShares(exempt, "spec.exempt") : NOTHING),
    ...(type === "Limited" && exempt !== undefined
      ? [forbidden("spec.exempt", "must be nil if the type is Limited")]
      : NOTHING),
    ...(type === "Limited" && limited === undefined
      ? [required("spec.limited", "must not be empty when type is Limited")]
      : NOTHING),
    ...(type === "Limited" && limited !== undefined ? checkLimited(limited) : NOTHING),
    ...(known.includes(type) ? NOTHING : [notSupported("spec.type", type, known)]),
  ];
}

function checkLimited(limited: Limited): Findings {
  const { borrowingLimitPercent: borrowed = 0, limitResponse = {} } = limited;
  const [shares, lent] = [checkNominal(limited, "spec.limited"), checkLent(limited, "spec.limited")];
  const { type = "", queuing } = limitResponse;
  const path = "spec.limited.limitResponse";
  const known = ["Queue", "Reject"];
  return [
    ...shares,
    ...(type === "Reject" && queuing !== undefined
      ? [forbidden(`${path}.queuing`, "must be nil if limited.limitResponse.type is not Limited")]
      : NOTHING),
    ...(type === "Queue" && queuing === undefined
      ? [required(`${path}.queuing`, "must not be empty if limited.limitResponse.type is Limited")]
      : NOTHING),
    ...(type === "Queue" && queuing !== undefined ? checkQueuing(queuing, `${path}.queuing`) : NOTHING),
    ...(known.includes(type) ? NOTHING : [notSupported(`${path}.type`, type, known)]),
    ...lent,
    ...(borrowed < 0
      ? [invalid("spec.limited.borrowingLimitPercent", borrowed, "if specified, must be a non-negative integer")]
      : NOTHING),
  ];
}

function checkShares(shares: Shares, path: string): Findings {
  return [...checkNominal(shares, path), ...checkLent(shares, path)];
}

function checkNominal({ nominalConcurrencyShares: shares = 0 }: Shares, path: string): Findings {
  return shares < 0 ? [invalid(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer")] : NOTHING;
}

function checkLent({ lendablePercent: lent = 0 }: Shares, path: string): Findings {
  return lent < 0 || lent > 100
    ? [invalid(`${path}.lendablePercent`, lent, "must be between 0 and 100, inclusive")]
    : NOTHING;
}

const QUEUES_MAX = 10_000_000;
const HASH_BITS = 60;

function checkQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: Queuing, path: string): Findings {
  const field = `${path}.handSize`;
  const bits = Math.ceil(Math.log2(queues) * handSize);
  const tooRandom = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS}`;
  return [
    ...(queueLengthLimit <= 0 ? [invalid(`${path}.queueLengthLimit`, queueLengthLimit, "must be positive")] : NOTHING),
    ...(queues <= 0 ? [invalid(`${path}.queues`, queues, "must be positive")] : NOTHING),
    ...(queues > QUEUES_MAX ? [invalid(`${path}.queues`, queues, `must not be greater than ${QUEUES_MAX}`)] : NOTHING),
    ...(handSize <= 0
      ? [invalid(field, handSize, "must be positive")]
      : handSize > queues
        ? [invalid(field, handSize, `should not be greater than queues (${queues})`)]
        : bits > HASH_BITS
          ? [invalid(field, handSize, tooRandom)]
          : NOTHING),
  ];
}
