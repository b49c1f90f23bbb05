import { dns1123SubdomainErrors } from "../../apimachinery/index.ts";
import { eachItem, type Findings, invalid, invalidFor, NOTHING, requiredAnd } from "../validation.ts";
import { configKeyErrors } from "./config-keys.ts";
import { fieldReference, resourceReference } from "./field-references.ts";
import type { Container, EnvFromSource, EnvVar, EnvVarSource } from "./pod.ts";

/** A container's environment variables, one by one and by the bag (`ValidateEnv`, `ValidateEnvFrom`). */
export function validateEnvironment({ env, envFrom }: Container, path: string): Findings {
  if (env === undefined && envFrom === undefined) return NOTHING;
  return [
    ...eachItem(env, (variable, index) => checkVariable(variable, `${path}.env[${index}]`)),
    ...eachItem(envFrom, (source, index) => checkBag(source, `${path}.envFrom`, index)),
  ];
}

/** What is wrong with the name of an environment variable (`validation.IsRelaxedEnvVarName`). */
function variableNameErrors(name: string): readonly string[] {
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(name)
    ? NO_TEXT
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

const NO_TEXT: readonly string[] = [];

function checkVariable(variable: EnvVar, path: string): Findings {
  const named = requiredAnd(`${path}.name`, variable.name, variableNameErrors);
  const { valueFrom } = variable;
  if (valueFrom === undefined || valueFrom === null) return named;
  return [...named, ...checkSource(valueFrom, variable.value ?? "", `${path}.valueFrom`)];
}

function checkSource(source: EnvVarSource, value: string, path: string): Findings {
  const given = (["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"] as const).filter(
    (name) => source[name] !== undefined,
  );
  const findings = given.flatMap((name) => checkReference(source, name, `${path}.${name}`));
  if (given.length === 0)
    return [
      invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"),
    ];
  if (value !== "") return [...findings, invalid(path, "", "may not be specified when `value` is not empty")];
  return given.length > 1
    ? [...findings, invalid(path, "", "may not have more than one field specified at a time")]
    : findings;
}

function checkReference(source: EnvVarSource, name: keyof EnvVarSource, path: string): Findings {
  if (name === "fieldRef") return fieldReference(source.fieldRef?.fieldPath ?? "", path, FIELDS);
  if (name === "resourceFieldRef") return resourceReference(source.resourceFieldRef ?? {}, path);
  const { name: object = "", key } = source[name] ?? { key: "" };
  return [
    ...invalidFor(`${path}.name`, object, dns1123SubdomainErrors(object)),
    ...requiredAnd(`${path}.key`, key, configKeyErrors),
  ];
}

const FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

function checkBag(source: EnvFromSource, list: string, index: number): Findings {
  const { prefix = "", configMapRef, secretRef } = source;
  const path = `${list}[${index}]`;
  const count = (configMapRef === undefined ? 0 : 1) + (secretRef === undefined ? 0 : 1);
  return [
    ...invalidFor(`${path}.prefix`, prefix, variableNameErrors(prefix)),
    ...(configMapRef === undefined
      ? NOTHING
      : requiredAnd(`${path}.configMapRef.name`, configMapRef.name, dns1123SubdomainErrors)),
    ...(secretRef === undefined
      ? NOTHING
      : requiredAnd(`${path}.secretRef.name`, secretRef.name, dns1123SubdomainErrors)),
    ...(count === 0 ? [invalid(list, "", "must specify one of: `configMapRef` or `secretRef`")] : NOTHING),
    ...(count > 1 ? [invalid(list, "", "may not have more than one field specified at a time")] : NOTHING),
  ];
}
