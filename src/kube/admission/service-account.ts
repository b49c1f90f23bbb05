import { type Container, Pod, type PodSpec, ServiceAccount, type Volume, type VolumeMount } from "../../api/index.ts";
import { kindKey, statusErrors } from "../../apimachinery/index.ts";
import type { AdmissionPlugin } from "../../apiserver/index.ts";
import { NAME_ALPHABET } from "../../sim/index.ts";
import { fnv1a32 } from "../../std/index.ts";
import { forbiddenSecret } from "./mountable-secrets.ts";

const DEFAULT_ACCOUNT = "default";
/** Marks what stands for a pod a kubelet has from elsewhere. */
const MIRROR = "kubernetes.io/config.mirror";
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX = "kube-api-access-";
const SUFFIX_LENGTH = 5;

/** What of a pod spec the token's volume changes. */
type Parts = Pick<PodSpec, "containers" | "initContainers" | "volumes">;
type Equipped = { readonly from: Parts; readonly to: Parts };

/**
 * Gives pods a service account, `default` unless they name one, and mounts its token, the cluster's CA and the namespace
 * (`plugin/pkg/admission/serviceaccount`). Pods made from one template share what is added, so the volume's name, random
 * upstream, is theirs together.
 */
export function serviceAccountAdmission(): AdmissionPlugin {
  const equipped = new WeakMap<readonly Container[], Equipped>();
  return {
    name: "ServiceAccount",
    handles: (kind) => kindKey(kind) === kindKey(Pod),
    admit: ({ verb, subresource, object, name, namespace }, state) => {
      if (object === undefined || subresource !== undefined || verb !== "create") return object;
      const spec = object.spec as PodSpec;
      if (object.metadata.annotations?.[MIRROR] !== undefined) {
        if (spec.serviceAccountName)
          throw statusErrors.forbidden(Pod, name, "a mirror pod may not reference service accounts");
        return object;
      }
      const accountName = spec.serviceAccountName || DEFAULT_ACCOUNT;
      const account = state.get(ServiceAccount, accountName, namespace);
      // Upstream waits a second for the default account, which a controller makes: here it is taken to come.
      if (account === undefined && accountName !== DEFAULT_ACCOUNT)
        throw statusErrors.forbidden(
          Pod,
          name,
          `error looking up service account ${namespace}/${accountName}: serviceaccount ${JSON.stringify(accountName)} not found`,
        );
      const named = { ...spec, serviceAccountName: accountName, serviceAccount: accountName };
      const automount = spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
      const withToken = automount ? { ...named, ...equip(equipped, spec, object.metadata.uid ?? name) } : named;
      const secrets = account?.imagePullSecrets ?? [];
      const isPulling = secrets.length > 0 && (spec.imagePullSecrets ?? []).length === 0;
      const complete = isPulling ? { ...withToken, imagePullSecrets: secrets } : withToken;
      const refusal = account === undefined ? undefined : forbiddenSecret(complete, account);
      if (refusal !== undefined) throw statusErrors.forbidden(Pod, name, refusal);
      return { ...object, spec: complete };
    },
  };
}

function equip(known: WeakMap<readonly Container[], Equipped>, spec: PodSpec, seed: string): Parts {
  const { containers, initContainers, volumes } = spec;
  const before = known.get(containers);
  if (before !== undefined && before.from.initContainers === initContainers && before.from.volumes === volumes)
    return before.to;
  const to = withToken(spec, `${VOLUME_PREFIX}${suffix(seed)}`);
  known.set(containers, { from: { containers, initContainers, volumes } as Parts, to });
  return to;
}

function withToken({ containers = [], initContainers, volumes = [] }: PodSpec, fresh: string): Parts {
  const own = volumes.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const mount: VolumeMount = { name: own?.name ?? fresh, readOnly: true, mountPath: MOUNT_PATH };
  const mounted = (container: Container): Container =>
    container.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH)
      ? container
      : { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] };
  const parts = {
    containers: containers.map(mounted),
    ...(initContainers === undefined ? {} : { initContainers: initContainers.map(mounted) }),
  };
  const all = [...containers, ...(initContainers ?? [])];
  const isNeeded = [...parts.containers, ...(parts.initContainers ?? [])].some((one, index) => one !== all[index]);
  return own === undefined && isNeeded ? { ...parts, volumes: [...volumes, tokenVolume(fresh)] } : parts;
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
    },
  };
}

function suffix(seed: string): string {
  let rest = fnv1a32(seed);
  let text = "";
  for (let index = 0; index < SUFFIX_LENGTH; index++) {
    text += NAME_ALPHABET[rest % NAME_ALPHABET.length];
    rest = Math.floor(rest / NAME_ALPHABET.length);
  }
  return text;
}
