import { qualifiedNameErrors, type Unstructured } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { outdatedNodeLabel } from "../core/node-label-warnings.ts";
import { withDefaults } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import {
  duplicate,
  eachItem,
  type Findings,
  forbidden,
  immutable,
  invalid,
  invalidFor,
  NOTHING,
  oneOf,
  repeated,
  required,
  tooLong,
} from "../validation.ts";
import type { StorageClass } from "./storage-class.ts";

/** What is particular to StorageClasses. */
export const storageClassStrategy: Strategy<StorageClass> = {
  warnings: ({ allowedTopologies = [] }) =>
    allowedTopologies.flatMap(({ matchLabelExpressions = [] }, index) =>
      matchLabelExpressions.flatMap(({ key = "" }, place) => {
        const outdated = outdatedNodeLabel(key);
        const field = `allowedTopologies[${index}].matchLabelExpressions[${place}].key`;
        return outdated === undefined ? [] : [`${field}: ${outdated}`];
      }),
    ),
  applyDefaults: (storageClass) =>
    withDefaults(storageClass, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  validate: ({ provisioner = "", reclaimPolicy, volumeBindingMode, allowedTopologies }) => [
    ...requiredName("provisioner", provisioner),
    ...oneOf("reclaimPolicy", reclaimPolicy, ["Delete", "Retain"]),
    ...oneOf("volumeBindingMode", volumeBindingMode, ["Immediate", "WaitForFirstConsumer"]),
    ...checkTopologies(allowedTopologies),
  ],
  validateUpdate: (after, before) => [
    ...unchanged(after, before, ["parameters", "provisioner", "reclaimPolicy"]),
    ...immutable("volumeBindingMode", after.volumeBindingMode, before.volumeBindingMode),
  ],
};

/** Where volumes may be: no term twice, no key twice in a term, no value twice of a key. */
function checkTopologies(terms: StorageClass["allowedTopologies"]): Findings {
  const seen: ReadonlyMap<string, ReadonlySet<string>>[] = [];
  return eachItem(terms, ({ matchLabelExpressions = [] }, index) => {
    const path = `allowedTopologies[${index}].matchLabelExpressions`;
    const term = new Map<string, ReadonlySet<string>>();
    const findings = eachItem(matchLabelExpressions, ({ key = "", values = [] }, at) => {
      const isRepeated = term.has(key);
      term.set(key, new Set(values));
      return [
        ...(values.length === 0 ? [required(`${path}[${at}].values`)] : NOTHING),
        ...repeated(
          values,
          (value) => value,
          (place) => `${path}[${at}].values[${place}]`,
        ),
        ...invalidFor(`${path}[${at}].key`, key, qualifiedNameErrors(key)),
        ...(isRepeated ? [duplicate(`${path}[${at}].key`, key)] : NOTHING),
      ];
    });
    const isKnown = seen.some((other) => sameTerm(other, term));
    seen.push(term);
    return isKnown ? [...findings, duplicate(path, "")] : findings;
  });
}

function sameTerm(
  left: ReadonlyMap<string, ReadonlySet<string>>,
  right: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const shown = (term: ReadonlyMap<string, ReadonlySet<string>>): unknown =>
    [...term].map(([key, values]) => [key, [...values].sort()] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return deepEqual(shown(left), shown(right));
}

/** VolumeAttributesClasses: what a driver was told once. */
export const volumeAttributesClassStrategy: Strategy<Unstructured> = {
  validate: (attributes, before) => [
    ...(before === undefined ? NOTHING : unchanged(attributes, before, ["driverName", "parameters"])),
    ...requiredName("driverName", String(attributes.driverName ?? "")),
    ...checkParameters((attributes.parameters ?? {}) as Readonly<Record<string, string>>),
  ],
};

/** Who makes volumes: a qualified name, in whatever case (`validateProvisioner`). */
function requiredName(field: string, name: string): Findings {
  const plain = name.toLowerCase();
  return name === "" ? [required(field)] : invalidFor(field, plain, qualifiedNameErrors(plain));
}

const PARAMETERS_MAX = 512;
const PARAMETERS_BYTES_MAX = 256 * 1024;

function checkParameters(parameters: Readonly<Record<string, string>>): Findings {
  const entries = Object.entries(parameters);
  const size = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    ...(entries.length === 0 ? [required("parameters", "must contain at least one key/value pair")] : NOTHING),
    ...entries.flatMap(([key]) => (key === "" ? [invalid("parameters", key, "field can not be empty.")] : NOTHING)),
    ...(entries.length > PARAMETERS_MAX
      ? [{ ...tooLong("parameters", PARAMETERS_MAX), detail: "Provisioner Parameters exceeded max allowed" }]
      : NOTHING),
    ...(size > PARAMETERS_BYTES_MAX ? [tooLong("parameters", PARAMETERS_BYTES_MAX)] : NOTHING),
  ];
}

function unchanged<T extends object>(after: T, before: T, fields: readonly (keyof T & string)[]): Findings {
  return fields.flatMap((field) =>
    deepEqual(after[field], before[field]) ? [] : [forbidden(field, `updates to ${field} are forbidden.`)],
  );
}
