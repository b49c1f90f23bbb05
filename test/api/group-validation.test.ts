import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/apimachinery/index.ts";
import { given, prepared, refusals, updateRefusals } from "./built-in.ts";

type Fields = Readonly<Record<string, unknown>>;
const scaleTargetRef = { kind: "Deployment", name: "web" };
const backend = { service: { name: "web", port: { number: 80 } } };
const ingress = (path: Fields) => ({
  spec: { rules: [{ http: { paths: [{ pathType: "Prefix", path: "/", backend, ...path }] } }] },
});
const PATH = "spec.rules[0].http.paths[0]";
const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const volume = { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/data" } };
const webhook = {
  name: "v.example.com",
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  clientConfig: { url: "https://example.com/x" },
};

describe("creating is refused for", () => {
  it.each<[what: string, kind: string, fields: Fields, expected: readonly string[]]>([
    [
      "a ConfigMap with one key twice",
      "ConfigMap",
      { data: { a: "x" }, binaryData: { a: "eA==" } },
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [
      "a ConfigMap too large",
      "ConfigMap",
      { data: { a: "x".repeat(2 ** 20 + 1) } },
      [": Too long: may not be more than 1048576 bytes"],
    ],
    [
      "a TLS Secret without a key",
      "Secret",
      { type: "kubernetes.io/tls", data: { "tls.crt": "" } },
      ["data[tls.key]: Required value"],
    ],
    [
      "basic authentication of nobody",
      "Secret",
      { type: "kubernetes.io/basic-auth" },
      ["data[username]: Required value", "data[password]: Required value"],
    ],
    [
      "registry credentials that are no JSON",
      "Secret",
      { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "" } },
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input'],
    ],
    [
      "one place twice, and a key twice in a place",
      "StorageClass",
      {
        provisioner: "a.b/c",
        allowedTopologies: [
          { matchLabelExpressions: [{ key: "zone", values: ["a"] }] },
          { matchLabelExpressions: [{ key: "zone", values: ["a"] }] },
          { matchLabelExpressions: [{ key: "zone", values: ["b", "b"] }, { key: "zone" }] },
        ],
      },
      [
        'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
        'allowedTopologies[2].matchLabelExpressions[0].values[1]: Duplicate value: "b"',
        "allowedTopologies[2].matchLabelExpressions[1].values: Required value",
        'allowedTopologies[2].matchLabelExpressions[1].key: Duplicate value: "zone"',
      ],
    ],
    [
      "more ways than there are",
      "NetworkPolicy",
      { spec: { policyTypes: ["Ingress", "Egress", "Ingress"] } },
      ['spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes'],
    ],
    [
      "a range of ports the wrong way round",
      "NetworkPolicy",
      { spec: { ingress: [{ ports: [{ port: 80, endPort: 70 }] }] } },
      ["spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`"],
    ],
    [
      "a scope nobody knows, once",
      "ResourceQuota",
      { spec: { hard: { pods: "1" }, scopes: ["Deep"] } },
      ['spec.scopes: Invalid value: ["Deep"]: unsupported scope'],
    ],
    [
      "a claim of nothing",
      "PersistentVolumeClaim",
      { spec: { accessModes: ["ReadWriteOncePod", "ReadOnlyMany"], resources: { requests: { storage: "0" } } } },
      [
        "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
        'spec.resources[storage]: Invalid value: "0": must be greater than zero',
      ],
    ],
    ["nothing for a volume on a node's disk", "PersistentVolume", { spec: volume }, []],
    [
      "a volume of no kind",
      "PersistentVolume",
      { spec: { ...volume, hostPath: undefined } },
      ["spec: Required value: must specify a volume type"],
    ],
    [
      "a local volume anywhere",
      "PersistentVolume",
      { spec: { ...volume, hostPath: undefined, local: { path: "/x" } } },
      ["spec.nodeAffinity: Required value: Local volume requires node affinity"],
    ],
    [
      "a quota of something unknown",
      "ResourceQuota",
      { spec: { hard: { foo: "1", pods: "1500m" } } },
      [
        'spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
        'spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota',
        'spec.hard[pods]: Invalid value: "1500m": must be an integer',
      ],
    ],
    [
      "scopes that exclude each other",
      "ResourceQuota",
      { spec: { scopes: ["Terminating", "NotTerminating"] } },
      ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
    ],
    [
      "limits the wrong way round",
      "LimitRange",
      { spec: { limits: [{ type: "Pod", min: { cpu: "2" }, max: { cpu: "1" } }] } },
      ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    ],
    [
      "defaults of pods",
      "LimitRange",
      { spec: { limits: [{ type: "Pod", default: { cpu: "1" } }] } },
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    [
      "a taint twice",
      "Node",
      {
        spec: {
          taints: [
            { key: "a", effect: "NoSchedule" },
            { key: "a", effect: "NoSchedule" },
          ],
        },
      },
      [
        'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
      ],
    ],
    [
      "an Event about another namespace",
      "Event",
      { involvedObject: { namespace: "other" } },
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ],
    [
      "an autoscaler that may not scale",
      "HorizontalPodAutoscaler",
      { spec: { scaleTargetRef, minReplicas: 3, maxReplicas: 2 } },
      ["spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`"],
    ],
    [
      "an Ingress without a path type",
      "Ingress",
      ingress({ pathType: undefined }),
      [`${PATH}.pathType: Required value: pathType must be specified`],
    ],
    [
      "a relative path",
      "Ingress",
      ingress({ path: "x" }),
      [`${PATH}.path: Invalid value: "x": must be an absolute path`],
    ],
    [
      "a path with steps back",
      "Ingress",
      ingress({ path: "/a/.." }),
      [`${PATH}.path: Invalid value: "/a/..": cannot end with '/..'`],
    ],
    [
      "nothing behind a path",
      "Ingress",
      ingress({ backend: {} }),
      [`${PATH}.backend: Invalid value: "": resource or service backend is required`],
    ],
    [
      "a host that is an address",
      "Ingress",
      { spec: { rules: [{ host: "10.0.0.1" }] } },
      ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
    ],
    [
      "a class without a controller's domain",
      "IngressClass",
      { spec: { controller: "nginx" } },
      ['spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      "a range of named ports",
      "NetworkPolicy",
      { spec: { ingress: [{ ports: [{ port: "web", endPort: 90 }] }] } },
      ["spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is non-numeric"],
    ],
    [
      "a budget of two minds",
      "PodDisruptionBudget",
      { spec: { minAvailable: 1, maxUnavailable: 1 } },
      [
        'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    [
      "a Role without verbs, groups and resources",
      "Role",
      { rules: [{ verbs: [] }] },
      [
        "rules[0].verbs: Required value: verbs must contain at least one value",
        "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
        "rules[0].resources: Required value: resource rules must supply at least one resource",
      ],
    ],
    [
      "a Role for paths",
      "Role",
      { rules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }] },
      ['rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'],
    ],
    [
      "a priority of the system's",
      "PriorityClass",
      { metadata: { name: "system-mine" }, value: 1 },
      [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
      ],
    ],
    [
      "a lease of no time",
      "Lease",
      { spec: { leaseDurationSeconds: 0 } },
      ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
    ],
    [
      "an APIService of another name",
      "APIService",
      { spec: { group: "a.io", version: "v1", groupPriorityMinimum: 1, versionPriority: 1 } },
      ['metadata.name: Invalid value: "web": must be `spec.version+"."+spec.group`: "v1.a.io"'],
    ],
    [
      "webhooks of one name, and a plain address",
      "ValidatingWebhookConfiguration",
      { webhooks: [webhook, { ...webhook, clientConfig: { url: "http://example.com" } }] },
      [
        "webhooks[1].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
        'webhooks[1].name: Duplicate value: "v.example.com"',
      ],
    ],
    [
      "webhooks at places that are none",
      "ValidatingWebhookConfiguration",
      {
        webhooks: [
          { url: "https://me@example.com?a=b" },
          { url: "https://{{name}}" },
          { service: { name: "s", path: "/a//B", port: 0 } },
        ].map((clientConfig, index) => ({ ...webhook, name: `w${index}.example.com`, clientConfig })),
      },
      [
        'webhooks[0].clientConfig.url: Invalid value: "me": user information is not permitted in the URL',
        'webhooks[0].clientConfig.url: Invalid value: "a=b": query parameters are not permitted in the URL',
        'webhooks[1].clientConfig.url: Required value: url must be a valid URL: parse "https://{{name}}": invalid character "{" in host name; desired format: https://host[/path]',
        "webhooks[2].clientConfig.service.name: Required value",
        "webhooks[2].clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
        'webhooks[2].clientConfig.service.path: Invalid value: "/a//B": segment[1] may not be empty',
        expect.stringMatching(/path: Invalid value: "\/a\/\/B": segment\[2\]: a lowercase RFC 1123 subdomain/),
      ],
    ],
    [
      "a webhook with side effects",
      "ValidatingWebhookConfiguration",
      { webhooks: [{ ...webhook, sideEffects: "Some" }] },
      ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    ],
  ])("%s", (_what, kind, fields, expected) => {
    expect(refusals(given(kind, fields))).toEqual(expected);
  });
});

describe("changing is refused for", () => {
  it.each<[what: string, kind: string, before: Fields, after: Fields, expected: readonly unknown[]]>([
    [
      "the address of a node",
      "Node",
      { spec: { podCIDRs: ["10.0.0.0/24"] } },
      { spec: { podCIDRs: ["10.0.1.0/24"] } },
      ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
    ],
    [
      "the class of a claim",
      "PersistentVolumeClaim",
      { spec: { ...claim, storageClassName: "a" } },
      { spec: { ...claim, storageClassName: "b" } },
      [
        expect.stringMatching(
          /^spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n/,
        ),
      ],
    ],
    [
      "where a volume is",
      "PersistentVolume",
      { spec: volume },
      { spec: { ...volume, hostPath: { path: "/other" } } },
      [
        expect.stringMatching(
          /^spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n/,
        ),
      ],
    ],
    [
      "a provisioner",
      "StorageClass",
      { provisioner: "a.io/x" },
      { provisioner: "a.io/y" },
      ["provisioner: Forbidden: updates to provisioner are forbidden."],
    ],
    [
      "a record",
      "ControllerRevision",
      { data: { a: 1 }, revision: 1 },
      { data: { a: 2 }, revision: 1 },
      ['data: Invalid value: {"a":2}: field is immutable'],
    ],
    [
      "a handler",
      "RuntimeClass",
      { handler: "runc" },
      { handler: "kata" },
      ['handler: Invalid value: "kata": field is immutable'],
    ],
  ])("%s", (_what, kind, before, after, expected) => {
    expect(updateRefusals(given(kind, before), given(kind, after))).toEqual(expected);
  });
});

it("a new claim has its source in both fields, or in none", () => {
  const snapshot = { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "s" };
  const other = { apiGroup: "example.com", kind: "Bucket", name: "b" };
  const sources = (spec: Fields): Fields => {
    const { dataSource, dataSourceRef } = (
      prepared(given("PersistentVolumeClaim", { spec })) as KubeObject & { spec: Fields }
    ).spec;
    return { dataSource, dataSourceRef };
  };
  expect(sources({ dataSource: snapshot })).toEqual({ dataSource: snapshot, dataSourceRef: snapshot });
  expect(sources({ dataSourceRef: other })).toEqual({ dataSource: other, dataSourceRef: other });
  expect(sources({ dataSource: other })).toEqual({});
  expect(sources({ dataSourceRef: { ...snapshot, namespace: "elsewhere" } })).toEqual({});
});
