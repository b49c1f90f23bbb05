import { mapItems, withDefaults, withField, withItems } from "../defaults.ts";
import type { Container, ContainerPort, EnvVar, Pod, PodSpec, PodTemplateSpec, Probe, Volume } from "./pod.ts";

/** Defaults of a pod itself (SetDefaults_Pod): those of its spec, and what templates do not get. */
export function defaultPod(pod: Pod): Pod {
  const spec = defaultPodSpec((pod.spec ?? {}) as PodSpec);
  const linked = withDefaults(spec, OF_PODS);
  const withInit = withField(linked, "initContainers", mapItems(linked.initContainers, requestsFromLimits));
  const complete = linked.initContainers === undefined ? linked : withInit;
  return withField(pod, "spec", withItems(complete, "containers", requestsFromLimits));
}

/** Defaults of a workload's pod template. */
export function defaultPodTemplate(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const given = template ?? ({ spec: {} } as PodTemplateSpec);
  return withField(given, "spec", defaultPodSpec((given.spec ?? {}) as PodSpec));
}

const OF_PODS: Partial<PodSpec> = { enableServiceLinks: true };
const OF_SPECS: Partial<PodSpec> = {
  restartPolicy: "Always",
  terminationGracePeriodSeconds: 30,
  dnsPolicy: "ClusterFirst",
  securityContext: {},
  schedulerName: "default-scheduler",
};

function defaultPodSpec(spec: PodSpec): PodSpec {
  let result = withDefaults(spec, OF_SPECS);
  if ((result.terminationGracePeriodSeconds ?? 0) < 0) result = { ...result, terminationGracePeriodSeconds: 1 };
  const account = result.serviceAccountName ?? result.serviceAccount;
  if (account !== undefined)
    result = withField(withField(result, "serviceAccountName", account), "serviceAccount", account);
  const hostNetwork = result.hostNetwork === true;
  result = withItems(result, "containers", (container) => defaultContainer(container, { hostNetwork }));
  result = withItems(result, "initContainers", (container) => defaultContainer(container, { hostNetwork }));
  result = withItems(result, "ephemeralContainers", (container) => defaultContainer(container, { hostNetwork }));
  return withItems(result, "volumes", defaultVolume);
}

const OF_CONTAINERS: Partial<Container> = {
  resources: {},
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
};
const ALWAYS: Partial<Container> = { imagePullPolicy: "Always" };
const IF_NOT_PRESENT: Partial<Container> = { imagePullPolicy: "IfNotPresent" };
const OF_PORTS: Partial<ContainerPort> = { protocol: "TCP" };

function defaultContainer(container: Container, pod: { readonly hostNetwork: boolean }): Container {
  let result = withDefaults(container, OF_CONTAINERS);
  if (result.imagePullPolicy === undefined)
    result = withDefaults(result, isLatest(result.image ?? "") ? ALWAYS : IF_NOT_PRESENT);
  result = withItems(result, "ports", (port) => {
    const named = withDefaults(port, OF_PORTS);
    return pod.hostNetwork ? withDefaults(named, { hostPort: named.containerPort }) : named;
  });
  result = withItems(result, "env", defaultEnv);
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    const given = result[probe];
    if (given !== undefined) result = withField(result, probe, defaultProbe(given));
  }
  return result.lifecycle === undefined ? result : withField(result, "lifecycle", defaultLifecycle(result.lifecycle));
}

type Lifecycle = NonNullable<Container["lifecycle"]>;

/** Hooks that ask over HTTP ask as probes do. */
function defaultLifecycle(lifecycle: Lifecycle): Lifecycle {
  let result = lifecycle;
  for (const hook of ["postStart", "preStop"] as const) {
    const given = result[hook];
    if (given?.httpGet === undefined) continue;
    result = withField(result, hook, withField(given, "httpGet", withDefaults(given.httpGet, OF_HTTP)));
  }
  return result;
}

/** An image without tag and digest, or tagged `latest`, is pulled always (`parsers.ParseImageName`). */
function isLatest(image: string): boolean {
  const name = image.slice(image.lastIndexOf("/") + 1);
  // What is no reference has no tag either.
  if (image.includes("@") || !/^[a-z0-9]/.test(name) || isTooLong(image)) return false;
  const colon = name.indexOf(":");
  return colon < 0 || name.slice(colon + 1) === "latest";
}

/** Repositories have names of limited length, which those without a registry share with the library they are of. */
function isTooLong(image: string): boolean {
  const [first = "", ...rest] = image.replace(/:[^/]*$/, "").split("/");
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const repository = isRegistry ? rest : rest.length > 0 ? [first, ...rest] : ["library", first];
  return repository.join("/").length > REPOSITORY_MAX;
}

/** `reference.RepositoryNameTotalLengthMax`. */
const REPOSITORY_MAX = 255;

function defaultEnv(variable: EnvVar): EnvVar {
  const fieldRef = variable.valueFrom?.fieldRef;
  if (fieldRef === undefined || fieldRef.apiVersion !== undefined) return variable;
  return { ...variable, valueFrom: { ...variable.valueFrom, fieldRef: { apiVersion: "v1", ...fieldRef } } };
}

const OF_HTTP = { path: "/", scheme: "HTTP" } as const;
const OF_PROBES: Partial<Probe> = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

function defaultProbe(probe: Probe): Probe {
  let result = withDefaults(probe, OF_PROBES);
  if (result.httpGet !== undefined) result = withField(result, "httpGet", withDefaults(result.httpGet, OF_HTTP));
  if (result.grpc !== undefined) result = withField(result, "grpc", withDefaults(result.grpc, { service: "" }));
  return result;
}

const FILE_MODE = 0o644;
const OF_CLAIMS = { volumeMode: "Filesystem" };
const MODES = { defaultMode: FILE_MODE };

function defaultVolume(volume: Volume): Volume {
  let result = volume;
  if (Object.keys(volume).length <= 1) return { ...volume, emptyDir: {} };
  for (const source of ["configMap", "secret", "projected"] as const) {
    const given = result[source];
    if (given !== undefined) result = withField(result, source, withDefaults<object>(given, MODES));
  }
  if (result.downwardAPI !== undefined)
    result = withField(result, "downwardAPI", withFileFields(withDefaults<object>(result.downwardAPI, MODES)));
  if (result.ephemeral !== undefined) result = withField(result, "ephemeral", withClaim(result.ephemeral));
  if (result.projected !== undefined) result = withField(result, "projected", withSources(result.projected));
  if (result.hostPath !== undefined)
    result = withField(result, "hostPath", withDefaults(result.hostPath, { type: "" }));
  return result;
}

type Files = { readonly items?: readonly { readonly fieldRef?: object }[] };

/** Fields of the pod are of version v1 unless another is named. */
function withFileFields<T extends object>(source: T): T {
  return withItems(source as Files, "items", (file) =>
    file.fieldRef === undefined ? file : withField(file, "fieldRef", withDefaults<object>(file.fieldRef, OF_FIELDS)),
  ) as T;
}

const OF_FIELDS = { apiVersion: "v1" };
const OF_TOKENS = { expirationSeconds: 3600 };

/** The claim a volume brings along is like any other. */
function withClaim(ephemeral: NonNullable<Volume["ephemeral"]>): NonNullable<Volume["ephemeral"]> {
  const template = ephemeral.volumeClaimTemplate;
  if (template === undefined) return ephemeral;
  const spec = withDefaults<object>(template.spec ?? {}, OF_CLAIMS);
  return withField(ephemeral, "volumeClaimTemplate", withField(template, "spec", spec));
}

type Source = { readonly downwardAPI?: object; readonly serviceAccountToken?: object };

function withSources<T extends object>(projected: T): T {
  return withItems(projected as { readonly sources?: readonly Source[] }, "sources", (source) => {
    const files =
      source.downwardAPI === undefined ? source : withField(source, "downwardAPI", withFileFields(source.downwardAPI));
    return files.serviceAccountToken === undefined
      ? files
      : withField(files, "serviceAccountToken", withDefaults<object>(files.serviceAccountToken, OF_TOKENS));
  }) as T;
}

/** A limit without a request asks for as much as it allows. */
function requestsFromLimits(container: Container): Container {
  const limits = container.resources?.limits;
  if (limits === undefined) return container;
  const requests = withDefaults(container.resources?.requests ?? {}, limits);
  if (requests === container.resources?.requests) return container;
  return { ...container, resources: { ...container.resources, requests } };
}
