import {
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  pathSegmentNameErrors,
} from "../../apimachinery/index.ts";
import { looseIp } from "../address-forms.ts";
import { validAddress } from "../core/address-validation.ts";
import {
  eachItem,
  type Findings,
  forbidden,
  immutable,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  portNameErrors,
  portNumber,
  required,
  requiredAnd,
  tooLong,
} from "../validation.ts";
import type { Ingress, IngressBackend, IngressClass, IngressPath, IngressRule } from "./ingress.ts";

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];

/** What is wrong with an Ingress (`pkg/apis/networking/validation.ValidateIngressSpec`). */
export function validateIngress(ingress: Ingress, before: Ingress | undefined): Findings {
  const spec = ingress.spec ?? {};
  const { rules = [], defaultBackend, ingressClassName } = spec;
  const annotated = ingress.metadata.annotations?.[CLASS_ANNOTATION];
  return [
    ...(rules.length === 0 && defaultBackend === undefined
      ? [invalid("spec", spec.rules ?? null, "either `defaultBackend` or `rules` must be specified")]
      : NOTHING),
    ...(defaultBackend === undefined ? NOTHING : checkBackend(defaultBackend, "spec.defaultBackend")),
    ...eachItem(rules, (rule, index) => checkRule(rule, `spec.rules[${index}]`)),
    ...eachItem(spec.tls, ({ hosts, secretName = "" }, index) => [
      ...eachItem(hosts, (host, at) => invalidFor(`spec.tls[${index}].hosts[${at}]`, host, hostErrors(host))),
      ...(secretName === ""
        ? NOTHING
        : invalidFor(`spec.tls[${index}].secretName`, secretName, dns1123SubdomainErrors(secretName))),
    ]),
    ...(ingressClassName === undefined
      ? NOTHING
      : invalidFor("spec.ingressClassName", ingressClassName, dns1123SubdomainErrors(ingressClassName))),
    ...(before === undefined &&
    annotated !== undefined &&
    ingressClassName !== undefined &&
    annotated !== ingressClassName
      ? [invalid(`annotations.${CLASS_ANNOTATION}`, annotated, "must match `ingressClassName` when both are specified")]
      : NOTHING),
  ];
}

const WILDCARD = "\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const wildcardPattern = new RegExp(`^${WILDCARD}$`);

/** A name, or a wildcard of one level (`IsWildcardDNS1123Subdomain`). */
function hostErrors(host: string): readonly string[] {
  if (!host.includes("*")) return dns1123SubdomainErrors(host);
  return [
    ...(host.length > 253 ? ["must be no more than 253 characters"] : []),
    ...(wildcardPattern.test(host)
      ? []
      : [
          `a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '${WILDCARD}')`,
        ]),
  ];
}

function checkRule({ host = "", http }: IngressRule, path: string): Findings {
  const paths = http?.paths ?? [];
  return [
    ...(host !== "" && looseIp(host) !== undefined
      ? [invalid(`${path}.host`, host, "must be a DNS name, not an IP address")]
      : NOTHING),
    ...(host === "" ? NOTHING : invalidFor(`${path}.host`, host, hostErrors(host))),
    ...(http !== undefined && paths.length === 0 ? [required(`${path}.http.paths`)] : NOTHING),
    ...eachItem(paths, (one, index) => checkPath(one, `${path}.http.paths[${index}]`)),
  ];
}

const SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const SUFFIXES = ["/..", "/."];

function checkPath({ path = "", pathType, backend }: IngressPath, field: string): Findings {
  if (pathType === undefined) return [required(`${field}.pathType`, "pathType must be specified")];
  const behind = checkBackend(backend ?? {}, `${field}.backend`);
  if (!PATH_TYPES.includes(pathType)) return [notSupported(`${field}.pathType`, pathType, PATH_TYPES), ...behind];
  const isFree = pathType === "ImplementationSpecific";
  const bad = (detail: string) => invalid(`${field}.path`, path, detail);
  return [
    ...(path.startsWith("/") || (isFree && path === "") ? NOTHING : [bad("must be an absolute path")]),
    ...(isFree ? [] : SEQUENCES.filter((text) => path.includes(text)).map((text) => bad(`must not contain '${text}'`))),
    ...(isFree ? [] : SUFFIXES.filter((text) => path.endsWith(text)).map((text) => bad(`cannot end with '${text}'`))),
    ...behind,
  ];
}

function checkBackend({ service, resource }: IngressBackend, field: string): Findings {
  if (service !== undefined && resource !== undefined)
    return [invalid(field, "", "cannot set both resource and service backends")];
  if (resource !== undefined) return typedReference(resource, `${field}.resource`);
  if (service === undefined) return [invalid(field, "", "resource or service backend is required")];
  const { name: portName = "", number = 0 } = service.port ?? {};
  return [
    ...requiredAnd(`${field}.service.name`, service.name, dns1035LabelErrors),
    ...(portName !== "" && number !== 0
      ? [invalid(field, "", "cannot set both port name & port number")]
      : portName !== ""
        ? invalidFor(`${field}.service.port.name`, portName, portNameErrors(portName))
        : number !== 0
          ? portNumber(`${field}.service.port.number`, number)
          : [required(field, "port name or number is required")]),
  ];
}

function typedReference(
  { apiGroup, kind, name }: { readonly apiGroup?: string; readonly kind?: string; readonly name?: string },
  path: string,
): Findings {
  return [
    ...(apiGroup === undefined ? NOTHING : invalidFor(`${path}.apiGroup`, apiGroup, dns1123SubdomainErrors(apiGroup))),
    ...requiredAnd(`${path}.kind`, kind, pathSegmentNameErrors),
    ...requiredAnd(`${path}.name`, name, pathSegmentNameErrors),
  ];
}

/** What is wrong with where a load balancer says an Ingress is (`ValidateIngressLoadBalancerStatus`). */
export function validateIngressStatus({ status }: Ingress): Findings {
  return eachItem(status?.loadBalancer?.ingress, ({ ip = "", hostname = "" }, index) => {
    const at = `status.loadBalancer.ingress[${index}]`;
    return [
      ...(ip === "" ? NOTHING : validAddress(`${at}.ip`, ip)),
      ...(hostname === "" ? NOTHING : invalidFor(`${at}.hostname`, hostname, dns1123SubdomainErrors(hostname))),
      ...(looseIp(hostname) === undefined
        ? NOTHING
        : [invalid(`${at}.hostname`, hostname, "must be a DNS name, not an IP address")]),
    ];
  });
}

/** Whoever names the class of a new Ingress in the annotation is told of the field. */
export function ingressWarnings({ metadata, spec }: Ingress, before?: Ingress): readonly string[] {
  const isOutdated =
    before === undefined &&
    metadata.annotations?.[CLASS_ANNOTATION] !== undefined &&
    spec?.ingressClassName === undefined;
  return isOutdated
    ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`]
    : [];
}

/** What is wrong with an IngressClass (`ValidateIngressClass`). */
export function validateIngressClass({ spec = {} }: IngressClass, before?: IngressClass): Findings {
  const { controller = "", parameters } = spec;
  return [
    // The controller of a class never changes.
    ...(before === undefined ? NOTHING : immutable("spec.controller", controller, before.spec?.controller ?? "")),
    ...(controller === "" ? [required("spec.controller")] : NOTHING),
    ...(controller.length > 250 ? [tooLong("spec.controller", 250)] : NOTHING),
    ...(controller === "" ? NOTHING : domainPrefixedPath("spec.controller", controller)),
    ...(parameters === undefined
      ? NOTHING
      : [
          ...typedReference(parameters, "spec.parameters"),
          ...parametersScope(parameters.scope, parameters.namespace, "spec.parameters"),
        ]),
  ];
}

function domainPrefixedPath(field: string, value: string): Findings {
  const slash = value.indexOf("/");
  const [domain, path] = [value.slice(0, Math.max(slash, 0)), value.slice(slash + 1)];
  if (slash < 0 || domain === "" || path === "")
    return [invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const details = dns1123SubdomainErrors(domain);
  if (details.length > 0) return invalidFor(field, domain, details);
  return /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path)
    ? NOTHING
    : [invalid(field, path, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')")];
}

function parametersScope(scope: string | undefined, namespace: string | undefined, path: string): Findings {
  if (scope === undefined) return [required(`${path}.scope`)];
  if (scope === "Cluster")
    return namespace === undefined
      ? NOTHING
      : [forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'")];
  if (scope !== "Namespace") return [notSupported(`${path}.scope`, scope, ["Cluster", "Namespace"])];
  return namespace === undefined
    ? [required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")]
    : invalidFor(`${path}.namespace`, namespace, dns1123LabelErrors(namespace));
}
