import type { FieldError } from "../../apimachinery/index.ts";
import { withDefaults, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { eachItem, invalid, oneOf, required } from "../validation.ts";
import type { Ingress, IngressBackend, IngressPath, NetworkPolicy } from "./ingress.ts";

/** What is particular to Ingresses (`pkg/registry/networking/ingress`). */
export const ingressStrategy: Strategy<Ingress> = {
  prepareForCreate: withStatus<Ingress>({ loadBalancer: {} }),
  validate: (ingress) => {
    const spec = ingress.spec ?? {};
    const rules = spec.rules ?? [];
    return [
      ...(rules.length === 0 && spec.defaultBackend === undefined
        ? [invalid("spec", rules, "either `defaultBackend` or `rules` must be specified")]
        : []),
      ...(spec.defaultBackend === undefined ? [] : checkBackend(spec.defaultBackend, "spec.defaultBackend")),
      ...eachItem(rules, (rule, index) =>
        eachItem(rule.http?.paths, (path, at) => checkPath(path, `spec.rules[${index}].http.paths[${at}]`)),
      ),
    ];
  },
};

function checkPath(path: IngressPath, field: string): readonly FieldError[] {
  const { pathType, path: value = "" } = path;
  const isRooted = value.startsWith("/") || (pathType === "ImplementationSpecific" && value === "");
  return [
    ...(pathType === undefined
      ? [required(`${field}.pathType`, "pathType must be specified")]
      : oneOf(`${field}.pathType`, pathType, ["Exact", "ImplementationSpecific", "Prefix"])),
    ...(isRooted ? [] : [invalid(`${field}.path`, value, "must be an absolute path")]),
    ...checkBackend(path.backend ?? {}, `${field}.backend`),
  ];
}

function checkBackend(backend: IngressBackend, field: string): readonly FieldError[] {
  if (backend.service === undefined && backend.resource === undefined)
    return [required(field, "must specify either a service or resource")];
  if (backend.service === undefined) return [];
  const { name, port } = backend.service;
  return [
    ...(name ? [] : [required(`${field}.service.name`)]),
    ...(port?.name === undefined && port?.number === undefined
      ? [required(`${field}.service.port`, "port name or number is required")]
      : []),
  ];
}

/** A policy speaks of ingress, and of egress when it has rules for it. */
export const networkPolicyStrategy: Strategy<NetworkPolicy> = {
  applyDefaults: (policy) =>
    withSpec(policy, (spec) =>
      withDefaults(spec, {
        podSelector: {},
        policyTypes: (spec.egress ?? []).length > 0 ? ["Ingress", "Egress"] : ["Ingress"],
      }),
    ),
};
