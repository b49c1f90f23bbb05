import type { Container, PodSpec, ServiceAccount } from "../../api/index.ts";
import { getPath } from "../../apimachinery/index.ts";

const ENFORCED = "kubernetes.io/enforce-mountable-secrets";
/** What Go's `strconv.ParseBool` takes for true. */
const TRUE = ["1", "t", "T", "TRUE", "true", "True"];

/** Why a pod may not have the secrets it refers to, where its account says that only its own may be mounted. */
export function forbiddenSecret(spec: PodSpec, account: ServiceAccount): string | undefined {
  if (!TRUE.includes(account.metadata.annotations?.[ENFORCED] ?? "")) return undefined;
  const { name } = account.metadata;
  const own = new Set(account.secrets?.map((secret) => secret.name));
  const notOwn = `is not allowed because service account ${name} does not reference that secret`;
  for (const volume of spec.volumes ?? []) {
    const secret = getPath(volume, ["secret", "secretName"]);
    if (typeof secret === "string" && !own.has(secret)) return `volume with secret.secretName="${secret}" ${notOwn}`;
  }
  const found =
    inContainers("init container", spec.initContainers, own) ?? inContainers("container", spec.containers, own);
  if (found !== undefined) return `${found} ${notOwn}`;
  const pulling = new Set(account.imagePullSecrets?.map((secret) => secret.name));
  const index = (spec.imagePullSecrets ?? []).findIndex((secret) => !pulling.has(secret.name));
  return index < 0
    ? undefined
    : `imagePullSecrets[${index}].name="${spec.imagePullSecrets?.[index]?.name}" is not allowed because service account ${name} does not reference that imagePullSecret`;
}

function inContainers(
  role: string,
  containers: readonly Container[] | undefined,
  own: ReadonlySet<string | undefined>,
): string | undefined {
  for (const container of containers ?? []) {
    for (const variable of container.env ?? []) {
      const secret = getPath(variable, ["valueFrom", "secretKeyRef", "name"]);
      if (typeof secret === "string" && !own.has(secret))
        return `${role} ${container.name} with envVar ${variable.name} referencing secret.secretName="${secret}"`;
    }
    for (const source of container.envFrom ?? []) {
      const secret = getPath(source, ["secretRef", "name"]);
      if (typeof secret === "string" && !own.has(secret))
        return `${role} ${container.name} with envFrom referencing secret.secretName="${secret}"`;
    }
  }
  return undefined;
}
