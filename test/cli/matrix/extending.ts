import { once, type Row, refused } from "./row.ts";

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Max, type: integer, jsonPath: .spec.max, priority: 1}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        description: A thing of a size.
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, description: How many there are., minimum: 1}
              max: {type: integer, default: 9}
            x-kubernetes-validations:
            - {rule: self.size <= self.max, message: size must not exceed max}
          status: {type: object, properties: {size: {type: integer}}}
`;

const widget = (name: string, spec: string): string =>
  `apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

const policy = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  validations:
  - {expression: "!object.metadata.name.startsWith('forbidden')", message: no such names}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few}
spec: {policyName: few, validationActions: [Deny]}
`;

/** Kinds and rules that users bring along. */
export const extending: readonly Row[] = [
  once("apply -f -", "customresourcedefinition.apiextensions.k8s.io/widgets.example.com created", {
    input: definition,
  }),
  once("wait --for=condition=Established crd/widgets.example.com --timeout=10s", /condition met$/),
  once(
    "api-resources --api-group=example.com",
    "NAME SHORTNAMES APIVERSION NAMESPACED KIND\nwidgets wd example.com/v1 true Widget",
  ),
  once("get apiservices v1.example.com", "NAME SERVICE AVAILABLE AGE\nv1.example.com Local True <age>"),
  once("apply -f -", "widget.example.com/good created", { input: widget("good", "{size: 3}") }),
  once("get wd", "NAME SIZE AGE\ngood 3 <age>"),
  once("get widgets -o wide", "NAME SIZE MAX AGE\ngood 3 9 <age>"),
  once("get all -l nothing=here", "", { err: /^No resources found/ }),
  once("apply --server-side -f -", "widget.example.com/good serverside-applied", {
    input: widget("good", "{size: 3}"),
  }),
  refused("apply -f -", /The Widget "bad" is invalid: spec: Invalid value: .*size must not exceed max/, {
    input: widget("bad", "{size: 30}"),
  }),
  refused(
    "apply -f -",
    /The Widget "bad" is invalid: spec\.size: Invalid value: 0: spec\.size in body should be greater than or equal to 1/,
    {
      input: widget("bad", "{size: 0}"),
    },
  ),
  refused("apply -f -", /spec\.size: Invalid value: "string": spec\.size in body must be of type integer: "string"/, {
    input: widget("bad", "{size: many}"),
  }),
  refused("apply -f -", /strict decoding error: unknown field "spec\.nope"/, {
    input: widget("bad", "{size: 1, nope: 1}"),
  }),
  once("explain widget.spec.size", /FIELD: size <integer>[\s\S]*How many there are\./),
  once("scale widget good --replicas=4", "widget.example.com/good scaled"),
  once(`patch widget good --type=merge -p '{"spec":{"size":5}}'`, "widget.example.com/good patched"),
  refused(
    `patch widget good -p '{"spec":{"size":5}}'`,
    /^error: application\/strategic-merge-patch\+json is not supported by example\.com\/v1, Kind=Widget: the body of the request was in an unknown format/,
  ),
  once(
    `patch widget good --subresource=status --type=merge -p '{"status":{"size":5}}'`,
    "widget.example.com/good patched",
  ),
  once("wait --for='jsonpath={.status.size}=5' widget/good --timeout=10s", "widget.example.com/good condition met"),
  once("describe widget good", /^Name: good\n[\s\S]*\nSpec:\n Max: 9\n Size: 5\nStatus:\n Size: 5\nEvents: <none>$/),
  once("apply -f -", /^validatingadmissionpolicy\S+\/few created\nvalidatingadmissionpolicybinding\S+\/few created$/, {
    input: policy,
  }),
  refused(
    "create configmap forbidden-one",
    /ValidatingAdmissionPolicy 'few' with binding 'few' denied request: no such names/,
  ),
  once("create configmap allowed", "configmap/allowed created"),
  once(
    "delete validatingadmissionpolicy,validatingadmissionpolicybinding few",
    /^validatingadmissionpolicy\S+ "few" deleted/,
  ),
  once("create configmap forbidden-one", "configmap/forbidden-one created"),
  once("delete crd widgets.example.com", /^customresourcedefinition\S+ "widgets.example.com" deleted/),
  refused("get widgets", /the server could not find the requested resource \(get widgets\.example\.com\)$/),
];
