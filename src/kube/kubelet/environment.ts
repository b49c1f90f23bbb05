import type { ConfigMap, Container, EnvVar, KeySelector, Node, Pod, Secret, VolumeMount } from "../../api/index.ts";
import { expandVariables } from "./expansion.ts";
import { containerResource, podField } from "./field-reference.ts";
import { decodeBase64 } from "./secret-data.ts";

/** What an environment is made of. The lookups are of the pod's namespace. */
export type EnvironmentSources = {
  readonly pod: Pod;
  readonly node: Node;
  readonly serviceVariables: ReadonlyMap<string, string>;
  readonly configMap: (name: string) => ConfigMap | undefined;
  readonly secret: (name: string) => Secret | undefined;
};

/** An environment, or what keeps it from being made, in the kubelet's words, and the object it waits for. */
export type Environment =
  | { readonly ok: true; readonly env: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly message: string };

/** Resolves the environment of a container: Services, then `envFrom`, then `env` in order (`kubelet_pods.go`). */
export function resolveEnvironment(container: Container, sources: EnvironmentSources): Environment {
  if ((container.env ?? []).length === 0 && (container.envFrom ?? []).length === 0)
    return { ok: true, env: sources.serviceVariables };
  const env = new Map<string, string>();
  const failure = addFromSources(env, container, sources) ?? addVariables(env, container, sources);
  if (failure !== undefined) return { ok: false, message: failure };
  for (const [name, value] of sources.serviceVariables) if (!env.has(name)) env.set(name, value);
  return { ok: true, env };
}

/** The container with `$(NAME)` replaced in its command, its arguments and the parts of volumes it mounts; or what keeps that from being done. */
export function expandContainer(container: Container, env: ReadonlyMap<string, string>): Container | string {
  const expand = (text: string): string => expandVariables(text, (name) => env.get(name));
  const { command, args, volumeMounts = [] } = container;
  const isPlain = ![...(command ?? []), ...(args ?? [])].some((text) => text.includes("$"));
  if (isPlain && !volumeMounts.some(({ subPath, subPathExpr }) => (subPathExpr ?? subPath) !== undefined))
    return container;
  const mounts = volumeMounts.map((mount) => expandMount(mount, env));
  const failure = mounts.find((mount) => typeof mount === "string");
  if (failure !== undefined) return failure;
  return {
    ...container,
    ...(command === undefined ? {} : { command: command.map(expand) }),
    ...(args === undefined ? {} : { args: args.map(expand) }),
    ...(container.volumeMounts === undefined ? {} : { volumeMounts: mounts as readonly VolumeMount[] }),
  };
}

/** Unlike in commands, a variable that is not there is a failure (`ExpandContainerVolumeMounts`). */
function expandMount(mount: VolumeMount, env: ReadonlyMap<string, string>): VolumeMount | string {
  const { subPathExpr, ...rest } = mount;
  let missing: string | undefined;
  const subPath =
    subPathExpr === undefined
      ? rest.subPath
      : expandVariables(subPathExpr, (name) => {
          const value = env.get(name);
          if (value === undefined) missing ??= name;
          return value;
        });
  if (missing !== undefined) return `missing value for ${JSON.stringify(missing)}`;
  if (subPath?.startsWith("/") === true) return `error SubPath \`${subPath}\` must not be an absolute path`;
  if (subPath?.split("/").includes("..") === true)
    return `unable to provision SubPath \`${subPath}\`: must not contain '..'`;
  return subPathExpr === undefined ? mount : { ...rest, ...(subPath === undefined ? {} : { subPath }) };
}

function addFromSources(
  env: Map<string, string>,
  container: Container,
  sources: EnvironmentSources,
): string | undefined {
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const name = configMapRef?.name ?? secretRef?.name ?? "";
    const values = configMapRef === undefined ? secretValues(sources.secret(name)) : sources.configMap(name);
    if (values === undefined && (configMapRef ?? secretRef)?.optional !== true)
      return `${configMapRef === undefined ? "secret" : "configmap"} "${name}" not found`;
    for (const [key, value] of Object.entries(values?.data ?? {})) env.set(prefix + key, value);
  }
  return undefined;
}

function addVariables(env: Map<string, string>, container: Container, sources: EnvironmentSources): string | undefined {
  const known = (name: string): string | undefined => env.get(name) ?? sources.serviceVariables.get(name);
  for (const variable of container.env ?? []) {
    if (variable.valueFrom === undefined) {
      env.set(variable.name, expandVariables(variable.value ?? "", known));
      continue;
    }
    const found = valueFrom(variable, container, sources);
    if (!found.ok) return found.message;
    if (found.value !== undefined) env.set(variable.name, found.value);
  }
  return undefined;
}

type Found =
  | { readonly ok: true; readonly value: string | undefined }
  | { readonly ok: false; readonly message: string };

function valueFrom({ valueFrom: source }: EnvVar, container: Container, sources: EnvironmentSources): Found {
  const { pod, node } = sources;
  if (source?.fieldRef !== undefined) {
    const value = podField(pod, source.fieldRef.fieldPath);
    return value === undefined
      ? { ok: false, message: `unsupported fieldPath: ${source.fieldRef.fieldPath}` }
      : { ok: true, value };
  }
  if (source?.resourceFieldRef !== undefined)
    return { ok: true, value: containerResource(pod, container.name, source.resourceFieldRef, node) };
  const reference = source?.configMapKeyRef ?? source?.secretKeyRef;
  if (reference === undefined) return { ok: true, value: undefined };
  return source?.configMapKeyRef === undefined
    ? keyOf(reference, "secret", secretValues(sources.secret(reference.name ?? "")), pod)
    : keyOf(reference, "configmap", sources.configMap(reference.name ?? ""), pod);
}

function keyOf(
  reference: KeySelector,
  what: "configmap" | "secret",
  holder: { readonly data?: Readonly<Record<string, string>> } | undefined,
  pod: Pod,
): Found {
  const value = holder?.data?.[reference.key];
  if (value !== undefined || reference.optional === true) return { ok: true, value };
  const name = reference.name ?? "";
  if (holder === undefined) return { ok: false, message: `${what} "${name}" not found` };
  const title = what === "secret" ? "Secret" : "ConfigMap";
  return { ok: false, message: `couldn't find key ${reference.key} in ${title} ${pod.metadata.namespace}/${name}` };
}

function secretValues(secret: Secret | undefined): { readonly data: Readonly<Record<string, string>> } | undefined {
  if (secret === undefined) return undefined;
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(secret.data ?? {})) data[key] = decodeBase64(value);
  return { data };
}
