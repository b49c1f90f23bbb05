import { ConfigMap, Namespace, ServiceAccount } from "../../api/index.ts";
import {
  type AnyDefinition,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  plan,
  read,
} from "../../controller/index.ts";

const ACCOUNT = "default";
const ROOT_CA = "kube-root-ca.crt";

/**
 * Gives every namespace its `default` ServiceAccount and its `kube-root-ca.crt` ConfigMap: what upstream's
 * serviceaccount-controller and root-ca-certificate-publisher do.
 */
export function serviceAccountController(caCertificate: string): AnyDefinition {
  return defineController({
    name: "serviceaccount-controller",
    primary: [Namespace],
    predicate: ({ before, after }) => before === undefined && after !== undefined,
    reads: [
      read(ServiceAccount, { enqueue: ({ after, object }) => lost(object, ACCOUNT, after) }),
      read(ConfigMap, {
        enqueue: ({ before, after, object }) => (before === undefined ? [] : lost(object, ROOT_CA, after)),
      }),
    ],
    reconcile: ({ metadata }, snapshot) => {
      if (metadata.deletionTimestamp !== undefined) return NOTHING;
      const namespace = metadata.name;
      const intents: Intent[] = [];
      if (snapshot.get(ServiceAccount, ACCOUNT, namespace) === undefined)
        intents.push({ type: "create", kind: ServiceAccount, object: defaultAccount(namespace) });
      const published = snapshot.get(ConfigMap, ROOT_CA, namespace);
      const rootCa = rootCaConfigMap(namespace, caCertificate);
      if (published === undefined) intents.push({ type: "create", kind: ConfigMap, object: rootCa });
      else if (published.data?.["ca.crt"] !== caCertificate)
        intents.push({ type: "update", kind: ConfigMap, object: { ...published, data: rootCa.data } as ConfigMap });
      return plan(intents);
    },
  });
}

/** The namespace whose object of that name went away or was changed. */
function lost(
  object: ServiceAccount | ConfigMap,
  name: string,
  after: ServiceAccount | ConfigMap | undefined,
): readonly Key[] {
  const { namespace } = object.metadata;
  if (object.metadata.name !== name || namespace === undefined) return [];
  return name === ACCOUNT && after !== undefined ? [] : [{ kind: Namespace, name: namespace }];
}

function defaultAccount(namespace: string): ServiceAccount {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT, namespace } };
}

function rootCaConfigMap(namespace: string, caCertificate: string): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: ROOT_CA,
      namespace,
      annotations: {
        "kubernetes.io/description":
          "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
      },
    },
    data: { "ca.crt": caCertificate },
  };
}
