import { describe, expect, it } from "vitest";
import { given, prepared, refusals, updateRefusals } from "./built-in.ts";

type Fields = Readonly<Record<string, unknown>>;
const container = { name: "c", image: "nginx" };
const pod = (spec: Fields) => given("Pod", { spec: { containers: [container], ...spec } });
const withContainer = (fields: Fields) => pod({ containers: [{ ...container, ...fields }] });
const AT = "spec.containers[0]";

describe("a container is refused for", () => {
  it.each<[what: string, fields: Fields, expected: readonly string[]]>([
    ["nothing when it is plain", {}, []],
    [
      "a request above its limit",
      { resources: { limits: { cpu: "100m" }, requests: { cpu: "0.2" } } },
      [`${AT}.resources.requests: Invalid value: "200m": must be less than or equal to cpu limit of 100m`],
    ],
    [
      "a negative amount",
      { resources: { limits: { memory: "-1Mi" } } },
      [
        `${AT}.resources.limits[memory]: Invalid value: "-1Mi": must be greater than or equal to 0`,
        `${AT}.resources.requests[memory]: Invalid value: "-1Mi": must be greater than or equal to 0`,
      ],
    ],
    [
      "a resource nobody knows",
      { resources: { requests: { foo: "1" } } },
      [
        `${AT}.resources.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified`,
        `${AT}.resources.requests[foo]: Invalid value: "foo": must be a standard resource for containers`,
      ],
    ],
    [
      "a device without a limit",
      { resources: { requests: { "nvidia.com/gpu": "1" } } },
      [`${AT}.resources.limits: Required value: Limit must be set for non overcommitable resources`],
    ],
    [
      "half a device",
      { resources: { limits: { "nvidia.com/gpu": "500m" }, requests: { "nvidia.com/gpu": "500m" } } },
      [
        `${AT}.resources.limits[nvidia.com/gpu]: Invalid value: "500m": must be an integer`,
        `${AT}.resources.requests[nvidia.com/gpu]: Invalid value: "500m": must be an integer`,
      ],
    ],
    [
      "huge pages alone",
      { resources: { limits: { "hugepages-2Mi": "3Mi" }, requests: { "hugepages-2Mi": "3Mi" } } },
      [
        `${AT}.resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
        `${AT}.resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
        `${AT}.resources: Forbidden: HugePages require cpu or memory`,
      ],
    ],
    [
      "ports of one name",
      {
        ports: [
          { name: "web", containerPort: 80 },
          { name: "web", containerPort: 81 },
        ],
      },
      [`${AT}.ports[1].name: Duplicate value: "web"`],
    ],
    [
      "a port name that is none",
      { ports: [{ name: "Web_1", containerPort: 80 }] },
      [
        `${AT}.ports[0].name: Invalid value: "Web_1": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      ],
    ],
    [
      "a host port twice",
      {
        ports: [
          { containerPort: 80, hostPort: 80 },
          { containerPort: 81, hostPort: 80 },
        ],
      },
      [`${AT}.ports[1].hostPort: Duplicate value: "TCP//80"`],
    ],
    [
      "an environment variable with an equals sign",
      { env: [{ name: "A=B" }] },
      [
        `${AT}.env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      ],
    ],
    [
      "a variable with a value and a source",
      { env: [{ name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] },
      [`${AT}.env[0].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`],
    ],
    [
      "a variable from nowhere",
      { env: [{ name: "A", valueFrom: {} }] },
      [
        `${AT}.env[0].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\` or \`secretKeyRef\``,
      ],
    ],
    [
      "a field pods do not tell",
      { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "status.phase" } } }] },
      [
        `${AT}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
      ],
    ],
    [
      "a field there is not",
      { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.color" } } }] },
      [
        `${AT}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.color": error converting fieldPath: field label not supported: spec.color`,
      ],
    ],
    [
      "processors counted in threes",
      { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "3" } } }] },
      [
        `${AT}.env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
      ],
    ],
    [
      "a mount of a volume that is wrong in itself",
      { volumeMounts: [{ name: "v", mountPath: "/v" }] },
      [`${AT}.volumeMounts[0].name: Not found: "v"`],
    ],
    [
      "a bag from nowhere",
      { envFrom: [{}] },
      [`${AT}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``],
    ],
    [
      "a mount of no volume",
      { volumeMounts: [{ name: "data", mountPath: "/data" }] },
      [`${AT}.volumeMounts[0].name: Not found: "data"`],
    ],
    [
      "a probe that does nothing",
      { livenessProbe: {} },
      [`${AT}.livenessProbe: Required value: must specify a handler type`],
    ],
    [
      "a probe that does two things",
      { readinessProbe: { exec: { command: ["x"] }, tcpSocket: { port: 1 } } },
      [`${AT}.readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`],
    ],
    [
      "a liveness that must succeed twice, at no port",
      { livenessProbe: { httpGet: { port: 0 }, successThreshold: 2 } },
      [
        `${AT}.livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive`,
        `${AT}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
      ],
    ],
    [
      "a hook that sleeps past the end",
      { lifecycle: { preStop: { sleep: { seconds: 31 } } } },
      [
        `${AT}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
      ],
    ],
    [
      "a restart policy of its own",
      { restartPolicy: "Always" },
      [`${AT}.restartPolicy: Forbidden: may not be set for non-init containers`],
    ],
    [
      "a pull policy there is not",
      { imagePullPolicy: "Sometimes" },
      [`${AT}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`],
    ],
    [
      "a padded image",
      { image: " nginx" },
      [`${AT}.image: Invalid value: " nginx": must not have leading or trailing whitespace`],
    ],
    [
      "privilege it may not gain",
      { securityContext: { privileged: true, allowPrivilegeEscalation: false, runAsUser: -1 } },
      [
        `${AT}.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive`,
        `${AT}.securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false,"runAsUser":-1}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
      ],
    ],
    [
      "a profile without a type, and one without a file",
      { securityContext: { seccompProfile: {}, appArmorProfile: { type: "Localhost" } } },
      [
        `${AT}.securityContext.seccompProfile.type: Required value: type is required when seccompProfile is set`,
        `${AT}.securityContext.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost`,
      ],
    ],
  ])("%s", (_what, fields, expected) => {
    expect(refusals(withContainer(fields))).toEqual(expected);
  });
});

describe("a pod is refused for", () => {
  it.each<[what: string, spec: Fields, expected: readonly string[]]>([
    [
      "two containers of one name",
      { containers: [container, container] },
      ['spec.containers[1].name: Duplicate value: "c"'],
    ],
    [
      "an init container that is watched",
      { initContainers: [{ name: "i", image: "x", readinessProbe: { tcpSocket: { port: 1 } } }] },
      [
        "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
      ],
    ],
    [
      "nothing for a watched sidecar",
      {
        initContainers: [
          { name: "i", image: "x", restartPolicy: "Always", readinessProbe: { tcpSocket: { port: 1 } } },
        ],
      },
      [],
    ],
    [
      "ephemeral containers from the start",
      { ephemeralContainers: [{ name: "debug", image: "busybox" }] },
      ["spec.ephemeralContainers: Forbidden: cannot be set on create"],
    ],
    [
      "volumes of one name",
      { volumes: [{ name: "v" }, { name: "v" }] },
      ['spec.volumes[1].name: Duplicate value: "v"'],
    ],
    [
      "a volume of two sources",
      { volumes: [{ name: "v", configMap: { name: "a" }, secret: { secretName: "b" } }] },
      ["spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type"],
    ],
    [
      "a Secret without a name",
      { volumes: [{ name: "v", secret: {} }] },
      ["spec.volumes[0].secret.secretName: Required value"],
    ],
    [
      "a file mode beyond 0777",
      { volumes: [{ name: "v", configMap: { name: "a", defaultMode: 0o1000, items: [{ key: "k", path: "../x" }] } }] },
      [
        "spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
        `spec.volumes[0].configMap.items[0].path: Invalid value: "../x": must not contain '..'`,
      ],
    ],
    [
      "no nameserver of its own",
      { dnsPolicy: "None" },
      ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
    ],
    [
      "four nameservers",
      { dnsConfig: { nameservers: ["10.0.0.1", "10.0.0.2", "10.0.0.3", "x"] } },
      [
        'spec.dnsConfig.nameservers: Invalid value: ["10.0.0.1","10.0.0.2","10.0.0.3","x"]: must not have more than 3 nameservers',
        'spec.dnsConfig.nameservers[3]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      "a host alias without an address",
      { hostAliases: [{ ip: "nowhere", hostnames: ["a.b"] }] },
      [
        'spec.hostAliases[0].ip: Invalid value: "nowhere": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      "a toleration of an effect there is not",
      { tolerations: [{ key: "a", operator: "Exists", effect: "Never" }] },
      [
        'spec.tolerations[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    ],
    [
      "a node selector of no terms",
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } },
      [
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
      ],
    ],
    [
      "a preference without weight",
      {
        affinity: {
          podAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 101, podAffinityTerm: { topologyKey: "zone" } },
            ],
          },
        },
      },
      [
        "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100",
      ],
    ],
    [
      "a spread that says nothing",
      { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: "zone", whenUnsatisfiable: "Maybe" }] },
      [
        "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
        'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Maybe": supported values: "DoNotSchedule", "ScheduleAnyway"',
      ],
    ],
    [
      "users of its own on the host's network",
      { hostUsers: false, hostNetwork: true },
      ["spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false"],
    ],
    [
      "a restart policy there is not",
      { restartPolicy: "Maybe" },
      ['spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      "an operating system there is not",
      { os: { name: "plan9" } },
      ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
    ],
    [
      "a node before its gates are gone",
      { nodeName: "n1", schedulingGates: [{ name: "wait" }] },
      ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"],
    ],
  ])("%s", (_what, spec, expected) => {
    expect(refusals(pod(spec))).toEqual(expected);
  });
});

describe("a pod may not", () => {
  const FIXED =
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";

  it.each<[what: string, before: Fields, after: Fields, expected: readonly unknown[]]>([
    [
      "not be stopped from taking another image",
      {},
      { containers: [{ ...container, image: "caddy", imagePullPolicy: "Always" }] },
      [],
    ],
    [
      "get another container",
      {},
      { containers: [container, { ...container, name: "d" }] },
      ["spec.containers: Forbidden: pod updates may not add or remove containers"],
    ],
    [
      "live longer",
      { activeDeadlineSeconds: 5 },
      { activeDeadlineSeconds: 6 },
      ["spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value"],
    ],
    [
      "move",
      { nodeName: "n1" },
      { nodeName: "n2" },
      [expect.stringContaining(`${FIXED}  core.PodSpec{\n- \tNodeName: "n1",\n+ \tNodeName: "n2",\n`)],
    ],
    [
      "tolerate less",
      { tolerations: [{ key: "a", operator: "Exists" }] },
      { tolerations: [] },
      ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
    ],
    ["not be stopped from tolerating more", {}, { tolerations: [{ key: "a", operator: "Exists" }] }, []],
    [
      "wait for more",
      { schedulingGates: [{ name: "a" }] },
      { schedulingGates: [{ name: "a" }, { name: "b" }] },
      ["spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'"],
    ],
  ])("%s", (_what, before, after, expected) => {
    expect(updateRefusals(pod(before), pod(after))).toEqual(expected);
  });
});

describe("a volume is refused for", () => {
  const downward = (file: Fields) => ({ downwardAPI: { items: [{ path: "p", ...file }] } });
  it.each<[what: string, volume: Fields, expected: readonly string[]]>([
    [
      "a field files cannot hold",
      downward({ fieldRef: { fieldPath: "status.podIP" } }),
      [
        'spec.volumes[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
      ],
    ],
    [
      "a resource of nobody",
      downward({ resourceFieldRef: { resource: "limits.cpu" } }),
      ["spec.volumes[0].downwardAPI.resourceFieldRef.containerName: Required value"],
    ],
    [
      "a claim of nothing",
      { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"] } } } },
      ["spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value"],
    ],
    [
      "a token nowhere",
      { projected: { sources: [{ serviceAccountToken: {} }] } },
      ["spec.volumes[0].projected.path: Required value"],
    ],
  ])("%s", (_what, volume, expected) => {
    expect(refusals(pod({ volumes: [{ name: "v", ...volume }] }))).toEqual(expected);
  });
});

describe("a new pod", () => {
  const made = (spec: Fields) =>
    prepared(given("Pod", { metadata: { labels: { app: "web" } }, spec: { containers: [container], ...spec } }));

  it("selects by its own labels what its keys name, once and for all", () => {
    const term = {
      labelSelector: {},
      topologyKey: "zone",
      matchLabelKeys: ["app", "absent"],
      mismatchLabelKeys: ["app"],
    };
    const spread = { ...term, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", mismatchLabelKeys: undefined };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    const same = { key: "app", operator: "In", values: ["web"] };
    expect(made({ affinity, topologySpreadConstraints: [spread] })).toMatchObject({
      spec: {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { labelSelector: { matchExpressions: [same, { ...same, operator: "NotIn" }] } },
            ],
          },
        },
        topologySpreadConstraints: [{ labelSelector: { matchExpressions: [same] } }],
      },
    });
  });

  it("says that it waits for its gates", () => {
    expect(made({ schedulingGates: [{ name: "example.com/a" }] })).toMatchObject({
      status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] },
    });
  });
});
