import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  type FieldError,
  labelValueErrors,
  qualifiedNameErrors,
} from "../../apimachinery/index.ts";
import { parseCidr, parseIp } from "../../std/index.ts";
import {
  duplicate,
  eachItem,
  forbidden,
  invalid,
  invalidFor,
  oneOf,
  portNameErrors,
  portNumber,
  required,
} from "../validation.ts";
import { publishableAddress, validAddress } from "./address-validation.ts";
import type { Service, ServicePort, ServiceSpec } from "./service.ts";

type Findings = readonly FieldError[];

const LEGACY_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";
const ONLY_BALANCED = "may only be used when `type` is 'LoadBalancer'";
/** One day, upstream's MaxClientIPServiceAffinitySeconds. */
const AFFINITY_SECONDS_MAX = 86_400;

/** What is wrong with a Service, new or changed (`pkg/apis/core/validation.ValidateService`). */
export function validateService({ metadata, spec }: Service): Findings {
  const ports = spec.ports ?? [];
  const isHeadless = spec.clusterIP === "None";
  return [
    ...(ports.length === 0 && !isHeadless && spec.type !== "ExternalName" ? [required("spec.ports")] : []),
    ...oneOf("spec.type", spec.type, ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
    ...(isHeadless && usesNodePorts(spec)
      ? [invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${spec.type} services`)]
      : []),
    ...(spec.type === "ExternalName" ? checkExternalName(spec) : validateServiceAddresses(spec)),
    ...eachItem(ports, (port, index) =>
      checkPort(port, { path: `spec.ports[${index}]`, isOnlyOne: ports.length === 1 }),
    ),
    ...checkRepeatedPorts(ports),
    ...checkSelector(spec),
    ...checkAffinity(spec),
    ...eachItem(spec.externalIPs, (ip, index) => publishableAddress(`spec.externalIPs[${index}]`, ip)),
    ...checkNodePorts(spec),
    ...checkSourceRanges(spec, metadata.annotations?.[LEGACY_RANGES]),
    ...checkLoadBalancerFields(spec),
    ...checkTrafficPolicies(spec),
  ];
}

/** What may not change once it is set (`ValidateServiceUpdate`). */
export function validateServiceUpdate(after: Service, before: Service): Findings {
  const findings: FieldError[] = [];
  if (before.spec.type !== "ExternalName" && after.spec.type !== "ExternalName")
    findings.push(...checkKeptAddresses(after.spec, before.spec));
  if (before.spec.type === "LoadBalancer" && after.spec.type === "LoadBalancer") {
    const { loadBalancerClass } = after.spec;
    if (loadBalancerClass !== before.spec.loadBalancerClass)
      findings.push(invalid("spec.loadBalancerClass", loadBalancerClass ?? null, "may not change once set"));
    const [was = 0, is = 0] = [before.spec.healthCheckNodePort, after.spec.healthCheckNodePort];
    if (was !== 0 && is !== 0 && was !== is) findings.push(forbidden("spec.healthCheckNodePort", "field is immutable"));
  }
  return findings;
}

/** What is wrong with the addresses a load balancer is said to have. */
export function validateServiceStatus({ spec, status }: Service): Findings {
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (spec.type !== "LoadBalancer" && ingress.length > 0)
    return [forbidden("status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'")];
  return eachItem(ingress, ({ ip = "", hostname = "", ipMode }, index) => {
    const path = `status.loadBalancer.ingress[${index}]`;
    return [
      ...(ip === "" ? [] : validAddress(`${path}.ip`, ip)),
      ...(ipMode === undefined ? [] : oneOf(`${path}.ipMode`, ipMode, ["Proxy", "VIP"])),
      ...(hostname === ""
        ? []
        : dns1123SubdomainErrors(hostname).map((it) => invalid(`${path}.hostname`, hostname, it))),
      ...(parseIp(hostname) === undefined
        ? []
        : [invalid(`${path}.hostname`, hostname, "must be a DNS name, not an IP address")]),
    ];
  });
}

/** Whether the type gives a Service node ports. */
export function usesNodePorts({ type }: ServiceSpec): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

/** Whether something outside the cluster may come in by the Service (`pkg/api/service.ExternallyAccessible`). */
export function isExternallyAccessible(spec: ServiceSpec): boolean {
  return usesNodePorts(spec) || (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
}

function checkExternalName(spec: ServiceSpec): Findings {
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  const detail = "may not be set for ExternalName services";
  const set = (field: "clusterIPs" | "ipFamilies" | "ipFamilyPolicy"): boolean => (spec[field] ?? "").length > 0;
  return [
    ...(["clusterIPs", "ipFamilies", "ipFamilyPolicy"] as const).flatMap((field) =>
      set(field) ? [forbidden(`spec.${field}`, detail)] : [],
    ),
    ...(name === "" ? [required("spec.externalName")] : []),
    ...(name === "" ? [] : dns1123SubdomainErrors(name).map((it) => invalid("spec.externalName", name, it))),
  ];
}

/** What is wrong with addresses and families by themselves (`ValidateServiceClusterIPsRelatedFields`). */
export function validateServiceAddresses(spec: ServiceSpec): Findings {
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const findings: FieldError[] = [];
  if (clusterIP !== "" && clusterIPs.length === 0) findings.push(required("spec.clusterIPs"));
  if (clusterIP !== "" && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP)
    findings.push(invalid("spec.clusterIPs", clusterIPs, "first value must match `clusterIP`"));
  if (clusterIP === "" && clusterIPs.length > 0)
    findings.push(invalid("spec.clusterIPs", clusterIPs, "must be empty when `clusterIP` is not specified"));
  for (const [index, family] of ipFamilies.entries()) {
    findings.push(...oneOf(`spec.ipFamilies[${index}]`, family, ["IPv4", "IPv6"]));
    if (ipFamilies.indexOf(family) !== index) findings.push(duplicate(`spec.ipFamilies[${index}]`, family));
  }
  if (ipFamilyPolicy !== undefined)
    findings.push(
      ...oneOf("spec.ipFamilyPolicy", ipFamilyPolicy, ["PreferDualStack", "RequireDualStack", "SingleStack"]),
    );
  if (clusterIPs[0] === "None" && clusterIPs.length > 1)
    return [...findings, invalid("spec.clusterIPs", clusterIPs, "'None' must be the first and only value")];
  const bad = eachItem(clusterIPs, (ip, index) =>
    index === 0 && ip === "None" ? [] : validAddress(`spec.clusterIPs[${index}]`, ip),
  );
  if (bad.length > 0) return [...findings, ...bad];
  if (clusterIPs.length > 2) findings.push(invalid("spec.clusterIPs", clusterIPs, "may only hold up to 2 values"));
  const families = new Set(clusterIPs.map((ip) => parseIp(ip)?.family));
  if (clusterIPs.length > 1 && families.size < 2)
    findings.push(invalid("spec.clusterIPs", clusterIPs, "may specify no more than one IP for each IP family"));
  for (const [index, ip] of clusterIPs.entries()) {
    const wanted = ipFamilies[index];
    if (wanted === undefined || ip === "None" || parseIp(ip)?.family === wanted) continue;
    const detail = `expected an ${wanted} value as indicated by \`ipFamilies[${index}]\``;
    findings.push(invalid(`spec.clusterIPs[${index}]`, ip, detail));
  }
  return findings;
}

function checkPort(port: ServicePort, at: { readonly path: string; readonly isOnlyOne: boolean }): Findings {
  const { path } = at;
  const { name = "", appProtocol, targetPort } = port;
  return [
    ...(name === "" && !at.isOnlyOne ? [required(`${path}.name`)] : []),
    ...(name === "" ? [] : dns1123LabelErrors(name).map((detail) => invalid(`${path}.name`, name, detail))),
    ...portNumber(`${path}.port`, port.port ?? 0),
    ...oneOf(`${path}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"]),
    ...(typeof targetPort === "number" ? portNumber(`${path}.targetPort`, targetPort) : []),
    ...(typeof targetPort === "string" ? invalidFor(`${path}.targetPort`, targetPort, portNameErrors(targetPort)) : []),
    ...(appProtocol === undefined
      ? []
      : qualifiedNameErrors(appProtocol).map((detail) => invalid(`${path}.appProtocol`, appProtocol, detail))),
  ];
}

function checkRepeatedPorts(ports: readonly ServicePort[]): Findings {
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  const isRepeated = (seen: Set<string>, key: string): boolean => seen.size === seen.add(key).size;
  return eachItem(ports, ({ name, protocol, port, nodePort = 0 }, index) => {
    const path = `spec.ports[${index}]`;
    return [
      ...(name && isRepeated(names, name) ? [duplicate(`${path}.name`, name)] : []),
      ...(nodePort !== 0 && isRepeated(nodePorts, `${protocol}/${nodePort}`)
        ? [duplicate(`${path}.nodePort`, nodePort)]
        : []),
      ...(isRepeated(numbers, `${protocol}/${port}`) ? [duplicate(path, shownPort(protocol, port))] : []),
    ];
  });
}

function checkSelector({ selector = {} }: ServiceSpec): Findings {
  return Object.entries(selector).flatMap(([key, value]) =>
    [
      ...qualifiedNameErrors(key).map((it) => [key, it] as const),
      ...labelValueErrors(value).map((it) => [value, it] as const),
    ].map(([wrong, detail]) => invalid("spec.selector", wrong, detail)),
  );
}

function checkAffinity({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec): Findings {
  const path = "spec.sessionAffinityConfig";
  const findings = oneOf("spec.sessionAffinity", sessionAffinity, ["ClientIP", "None"]);
  if (sessionAffinity === "None")
    return config === undefined
      ? findings
      : [...findings, forbidden(path, "must not be set when session affinity is None")];
  if (sessionAffinity !== "ClientIP") return findings;
  const seconds = config?.clientIP?.timeoutSeconds ?? 0;
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= AFFINITY_SECONDS_MAX) return findings;
  const detail = `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`;
  return [...findings, invalid(`${path}.clientIP.timeoutSeconds`, seconds, detail)];
}

function checkNodePorts(spec: ServiceSpec): Findings {
  if (spec.type !== "ClusterIP") return [];
  return eachItem(spec.ports, ({ nodePort = 0 }, index) =>
    nodePort === 0 ? [] : [forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'")],
  );
}

/** The field, or the annotation that came before it; upstream really spells the field's path with a capital. */
function checkSourceRanges(spec: ServiceSpec, annotation: string | undefined): Findings {
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const isField = ranges.length > 0;
  const path = isField ? "spec.LoadBalancerSourceRanges" : `metadata.annotations[${LEGACY_RANGES}]`;
  const texts = isField ? ranges : (annotation ?? "").split(",").filter((text) => text.trim() !== "");
  if (!isField && annotation === undefined) return [];
  return [
    ...(spec.type === "LoadBalancer" ? [] : [forbidden(path, ONLY_BALANCED)]),
    ...eachItem(texts, (text, index) =>
      parseCidr(text.trim()) !== undefined
        ? []
        : [
            invalid(
              isField ? `${path}[${index}]` : path,
              text.trim(),
              "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
            ),
          ],
    ),
  ];
}

function checkLoadBalancerFields(spec: ServiceSpec): Findings {
  const { loadBalancerClass, allocateLoadBalancerNodePorts } = spec;
  if (spec.type !== "LoadBalancer")
    return [
      ...(allocateLoadBalancerNodePorts === undefined
        ? []
        : [forbidden("spec.allocateLoadBalancerNodePorts", ONLY_BALANCED)]),
      ...(loadBalancerClass === undefined ? [] : [forbidden("spec.loadBalancerClass", ONLY_BALANCED)]),
    ];
  return loadBalancerClass === undefined
    ? []
    : qualifiedNameErrors(loadBalancerClass).map((detail) =>
        invalid("spec.loadBalancerClass", loadBalancerClass, detail),
      );
}

function checkTrafficPolicies(spec: ServiceSpec): Findings {
  const { externalTrafficPolicy, internalTrafficPolicy, trafficDistribution, healthCheckNodePort = 0 } = spec;
  const policies = ["Cluster", "Local"];
  const needsHealthCheck = spec.type === "LoadBalancer" && externalTrafficPolicy === "Local";
  const findings: FieldError[] = [];
  if (externalTrafficPolicy !== undefined && !isExternallyAccessible(spec))
    findings.push(
      invalid(
        "spec.externalTrafficPolicy",
        externalTrafficPolicy,
        "may only be set for externally-accessible services",
      ),
    );
  else if (externalTrafficPolicy !== undefined)
    findings.push(...oneOf("spec.externalTrafficPolicy", externalTrafficPolicy, policies));
  if (internalTrafficPolicy !== undefined)
    findings.push(...oneOf("spec.internalTrafficPolicy", internalTrafficPolicy, policies));
  if (healthCheckNodePort !== 0 && !needsHealthCheck)
    findings.push(
      invalid(
        "spec.healthCheckNodePort",
        healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  if (trafficDistribution !== undefined)
    findings.push(
      ...oneOf("spec.trafficDistribution", trafficDistribution, ["PreferClose", "PreferSameZone", "PreferSameNode"]),
    );
  return findings;
}

/** A first address stays for good; a second may come, and go with the policy `SingleStack`. */
function checkKeptAddresses(after: ServiceSpec, before: ServiceSpec): Findings {
  const [was, is] = [before.clusterIPs ?? [], after.clusterIPs ?? []];
  const [wasHeadless, isHeadless] = [before.clusterIP === "None", after.clusterIP === "None"];
  if (wasHeadless && isHeadless) return [];
  const { ipFamilies = [], ipFamilyPolicy } = after;
  const findings = [...checkKeptList(ADDRESSES, [is, was], { addresses: is, policy: ipFamilyPolicy })];
  if (wasHeadless !== isHeadless) return findings;
  const families = [ipFamilies, before.ipFamilies ?? []] as const;
  return [...findings, ...checkKeptList(FAMILIES, families, { addresses: is, policy: ipFamilyPolicy })];
}

const ADDRESSES = { at: (index: number) => `spec.clusterIPs[${index}]`, word: "clusterIP" } as const;
/** Upstream names the first family whichever changed. */
const FAMILIES = { at: () => "spec.ipFamilies[0]", word: "ipFamily" } as const;

function checkKeptList(
  field: typeof ADDRESSES | typeof FAMILIES,
  [is, was]: readonly [readonly string[], readonly string[]],
  { addresses, policy }: { readonly addresses: readonly string[]; readonly policy: ServiceSpec["ipFamilyPolicy"] },
): Findings {
  // When the number changes upstream shows the addresses, whatever it speaks of.
  const changed = (index: number, shown: readonly string[]): Findings =>
    is[index] === was[index] ? [] : [invalid(field.at(index), shown, "may not change once set")];
  if (is.length === was.length) return is.flatMap((_one, index) => changed(index, is));
  if (is.length > was.length) return was.length === 0 ? [] : changed(0, addresses);
  const mustBe = `must be set to 'SingleStack' when releasing the secondary ${field.word}`;
  return [
    ...(is.length === 0 ? [invalid(field.at(0), is, `primary ${field.word} can not be unset`)] : changed(0, addresses)),
    ...(is.length === 1 && policy !== "SingleStack" ? [invalid("spec.ipFamilyPolicy", policy ?? null, mustBe)] : []),
  ];
}

/** The key of a port as Go's internal type reads in a message. */
function shownPort(protocol: string | undefined, port: number): object {
  return { Name: "", Protocol: protocol ?? "", AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}
