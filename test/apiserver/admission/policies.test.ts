import { describe, expect, it } from "vitest";
import { ConfigMap, CustomResourceDefinition, Namespace } from "../../../src/api/index.ts";
import { defineKind, type KubeObject, statusErrors } from "../../../src/apimachinery/index.ts";
import {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "../../../src/apiserver/admission/policy-types.ts";
import type { ApiRequest, ApiServerOptions, User } from "../../../src/apiserver/index.ts";
import { door } from "../door.ts";
import { type Fixture, fixture, object } from "../fixture.ts";

type Fields = Readonly<Record<string, unknown>>;

const GROUP_VERSION = "admissionregistration.k8s.io/v1";
const CONFIG_MAPS = { apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] };

function policy(spec: Fields, name = "p"): ApiRequest {
  const complete = { matchConstraints: { resourceRules: [CONFIG_MAPS] }, ...spec };
  return {
    verb: "create",
    kind: ValidatingAdmissionPolicy,
    object: object(GROUP_VERSION, "ValidatingAdmissionPolicy", { name }, { spec: complete }),
  };
}

function binding(spec: Fields = {}, name = "b"): ApiRequest {
  const complete = { policyName: "p", validationActions: ["Deny"], ...spec };
  return {
    verb: "create",
    kind: ValidatingAdmissionPolicyBinding,
    object: object(GROUP_VERSION, "ValidatingAdmissionPolicyBinding", { name }, { spec: complete }),
  };
}

function creation(fields: Fields = {}, metadata: Partial<KubeObject["metadata"]> = {}): ApiRequest {
  const namespace = metadata.namespace ?? "default";
  return {
    verb: "create",
    kind: ConfigMap,
    namespace,
    object: object("v1", "ConfigMap", { name: "m", namespace, ...metadata }, fields),
  };
}

function withPolicy(spec: Fields, bound: Fields = {}, options: Partial<ApiServerOptions> = {}): Fixture {
  const made = fixture(options);
  made.good(policy(spec));
  made.good(binding(bound));
  return made;
}

/** What a policy of one rule says to a ConfigMap; "" when it lets it pass. */
function verdict(spec: Fields, request: ApiRequest = creation(), user?: User): string {
  const answer = withPolicy(spec).ask(request, user);
  return answer.ok ? "" : (answer.status.message ?? "");
}

const rule = (expression: string, fields: Fields = {}): Fields => ({ validations: [{ expression, ...fields }] });

describe("a ValidatingAdmissionPolicy", () => {
  it("tells which of its variables could not be worked out, and why", () => {
    const variables = [{ name: "a", expression: "object.data.zzz" }];
    expect(verdict({ variables, ...rule("variables.a == '1'") })).toBe(
      `configmaps "m" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: expression 'variables.a == '1'' resulted in error: composited variable "a" fails to evaluate: no such key: data`,
    );
  });

  it("says nothing in its messages of who may do what", () => {
    const messageExpression = "authorizer.requestResource.check('create').reason()";
    expect(fixture().bad(policy(rule("true", { messageExpression }))).message).toContain(
      "undeclared reference to 'authorizer' (in container '')",
    );
  });

  it("refuses what its rules do not allow", () => {
    const made = withPolicy(rule("object.metadata.name.startsWith('ok-')", { message: "wrong name" }));
    const status = made.bad(creation());
    const text = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: wrong name";
    expect(status).toMatchObject({
      code: 422,
      reason: "Invalid",
      message: `configmaps "m" is forbidden: ${text}`,
      details: { name: "m", kind: "configmaps", causes: [{ message: text }] },
    });
    made.good(creation({}, { name: "ok-m" }));
  });

  it("is nothing without a binding", () => {
    const made = fixture();
    made.good(policy(rule("false")));
    made.good(creation());
  });

  it.each([
    [rule("false"), "failed expression: false"],
    [rule("false", { message: " trimmed " }), "trimmed"],
    [rule("false", { messageExpression: "'no ' + object.metadata.name", message: "unused" }), "no m"],
    [rule("false", { messageExpression: "string(object.data.none)", message: "used instead" }), "used instead"],
    [rule("object.data.none == 'x'"), "expression 'object.data.none == 'x'' resulted in error: no such key: data"],
  ])("says why: %j", (spec, message) => {
    expect(verdict(spec)).toContain(`denied request: ${message}`);
  });

  it.each([
    ["Forbidden", 403],
    ["RequestEntityTooLarge", 413],
    ["Invalid", 422],
  ])("answers with the reason of its rule: %s", (reason, code) => {
    expect(withPolicy(rule("false", { reason })).bad(creation())).toMatchObject({ reason, code });
  });

  it.each([
    ["object.data.key == 'value'", true],
    ["oldObject == null", true],
    ["request.operation == 'CREATE' && request.kind.kind == 'ConfigMap'", true],
    ["request.userInfo.username == 'admin' && 'system:masters' in request.userInfo.groups", true],
    ["request.namespace == 'default' && request.name == 'm' && !request.dryRun", true],
    ["namespaceObject.metadata.name == 'default'", true],
    ["has(namespaceObject.metadata.annotations)", false],
    ["authorizer.group('').resource('pods').namespace('default').check('list').allowed()", true],
    ["authorizer.requestResource.check('create').allowed()", true],
    ["variables.twice == 'valuevalue'", true],
    ["variables.lazy == 'never'", false],
    ["variables.sized > 4 && variables.lazy == 'never'", false],
    ["object.?data.none.orValue('?') == '?'", true],
    ["object.metadata.labels.all(key, key.size() > 1)", false],
  ])("knows the objects, the request, who asks and its own variables: %s", (expression, passes) => {
    const variables = [
      { name: "twice", expression: "object.data.key + object.data.key" },
      { name: "sized", expression: "variables.twice.size()" },
      { name: "lazy", expression: "object.data.nothing" },
    ];
    const said = verdict({ variables, ...rule(expression) }, creation({ data: { key: "value" } }));
    expect(said === "").toBe(passes);
  });

  it("knows what roles allow", () => {
    const authorize = withPolicy(
      rule("authorizer.group('').resource('secrets').check('get').allowed()"),
      {},
      {
        authorize: ({ resource }) =>
          resource === "secrets" ? statusErrors.forbidden({ group: "", plural: "secrets" }, "", "no") : "allow",
      },
    );
    expect(authorize.ask(creation()).ok).toBe(false);
  });

  it("looks at updates and deletions, too", () => {
    const made = withPolicy(rule("oldObject == null || (object != null && object.data.key >= oldObject.data.key)"));
    made.good(creation({ data: { key: "2" } }));
    const at = { kind: ConfigMap, namespace: "default", name: "m" } as const;
    const put = (key: string): ApiRequest => ({
      verb: "patch",
      ...at,
      patch: { type: "merge", body: { data: { key } } },
    });
    made.good(put("3"));
    expect(made.bad(put("1")).code).toBe(422);
    expect(made.bad({ verb: "delete", ...at }).code).toBe(422);
  });

  it("that fails lets things pass when it is to be ignored then", () => {
    const broken = rule("object.data.none == 'x'");
    expect(verdict({ ...broken, failurePolicy: "Ignore" })).toBe("");
    expect(verdict({ ...broken, failurePolicy: "Fail" })).not.toBe("");
    expect(verdict({ ...rule("false"), failurePolicy: "Ignore" })).not.toBe("");
  });

  it("costs no more than its budget", () => {
    const numbers = "[1,2,3,4,5,6,7,8,9,10]";
    const nested = [..."abcdefgh"].reduce((inner, name) => `${numbers}.all(${name}, ${inner})`, "true");
    expect(verdict(rule(nested))).toContain("cost");
  });

  it.each([
    ["names", { matchConditions: [{ name: "n", expression: "object.metadata.name == 'other'" }] }],
    ["resources", { matchConstraints: { resourceRules: [{ ...CONFIG_MAPS, resources: ["secrets"] }] } }],
    ["names of resources", { matchConstraints: { resourceRules: [{ ...CONFIG_MAPS, resourceNames: ["other"] }] } }],
    [
      "exclusions",
      {
        matchConstraints: {
          resourceRules: [CONFIG_MAPS],
          excludeResourceRules: [{ ...CONFIG_MAPS, resourceNames: ["m"] }],
        },
      },
    ],
    [
      "labels",
      { matchConstraints: { resourceRules: [CONFIG_MAPS], objectSelector: { matchLabels: { strict: "yes" } } } },
    ],
    [
      "labels of namespaces",
      { matchConstraints: { resourceRules: [CONFIG_MAPS], namespaceSelector: { matchLabels: { strict: "yes" } } } },
    ],
  ])("is not asked about other %s", (_, fields) => {
    expect(verdict({ ...rule("false"), ...fields })).toBe("");
  });

  it("says no more than a warning, or nothing but to the auditors, where its binding wants that", () => {
    const warned = withPolicy(rule("false", { message: "hm" }), { validationActions: ["Warn", "Audit"] });
    expect(warned.ask(creation())).toMatchObject({
      ok: true,
      warnings: ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': hm"],
    });
    expect(withPolicy(rule("false"), { validationActions: ["Audit"] }).ask(creation())).not.toHaveProperty("warnings");
  });

  it("warns of a write that another binding denies", () => {
    const made = withPolicy(rule("false", { message: "hm" }), { validationActions: ["Warn"] });
    made.good(binding({}, "z"));
    const { status, headers, text } = door(made).call("POST", "/api/v1/namespaces/default/configmaps", {
      metadata: { name: "m" },
    });
    expect([status, headers.warning]).toEqual([
      422,
      [`299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': hm"`],
    ]);
    expect(text).toContain("with binding 'z' denied request: hm");
  });

  it("holds where its binding says", () => {
    const made = withPolicy(rule("false"), {
      matchResources: { namespaceSelector: { matchLabels: { strict: "yes" } } },
    });
    const strict = object("v1", "Namespace", { name: "strict", labels: { strict: "yes" } });
    made.good({ verb: "create", kind: Namespace, object: strict });
    made.good(creation());
    expect(made.bad(creation({}, { namespace: "strict" })).code).toBe(422);
  });

  it("has defaults", () => {
    const made = withPolicy(rule("true"), { matchResources: { objectSelector: { matchLabels: { a: "b" } } } });
    expect(made.good({ verb: "get", kind: ValidatingAdmissionPolicy, name: "p" }).spec).toMatchObject({
      failurePolicy: "Fail",
      matchConstraints: {
        matchPolicy: "Equivalent",
        namespaceSelector: {},
        objectSelector: {},
        resourceRules: [{ scope: "*" }],
      },
    });
    expect(made.good({ verb: "get", kind: ValidatingAdmissionPolicyBinding, name: "b" }).spec).toMatchObject({
      matchResources: { matchPolicy: "Equivalent" },
    });
  });

  it.each([
    [
      { validations: [] },
      "[spec.validations: Required value: validations or auditAnnotations must contain at least one item, spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item]",
    ],
    [rule("variables.a > 1"), "undeclared reference to 'variables' (in container '')"],
    [
      { auditAnnotations: [{ key: "a", valueExpression: "1" }] },
      'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
    ],
    [
      rule("true", { reason: "Because" }),
      'spec.validations[0].reason: Unsupported value: "Because": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ],
    [
      rule("object."),
      'spec.validations[0].expression: Invalid value: "object.": compilation failed: ERROR: <input>:1:',
    ],
    [rule("1"), 'spec.validations[0].expression: Invalid value: "1": must evaluate to bool'],
    [rule("unknown == 1"), "undeclared reference to 'unknown' (in container '')"],
    [rule("params.x == 1"), "undeclared reference to 'params' (in container '')"],
    [rule("true", { messageExpression: "1" }), "spec.validations[0].messageExpression: Invalid value: "],
    [{ ...rule("true"), failurePolicy: "Perhaps" }, 'spec.failurePolicy: Unsupported value: "Perhaps"'],
    [{ ...rule("true"), matchConstraints: {} }, "spec.matchConstraints.resourceRules: Required value"],
    [{ ...rule("variables.b == 1"), variables: [{ name: "a", expression: "1" }] }, "undefined field 'b'"],
  ])("that makes no sense is refused: %j", (spec, message) => {
    expect(fixture().bad(policy(spec))).toMatchObject({ code: 422, message: expect.stringContaining(message) });
  });

  it.each([
    [{ validationActions: [] }, "spec.validationActions: Required value: at least one validation action is required"],
    [{ validationActions: ["Deny", "Warn"] }, "must not contain both Deny and Warn"],
    [{ paramRef: {} }, "spec.paramRef: Required value: one of name or selector must be specified"],
    [{ policyName: "" }, "spec.policyName: Required value"],
  ])("has bindings that make sense: %j", (spec, message) => {
    expect(fixture().bad(binding(spec))).toMatchObject({ code: 422, message: expect.stringContaining(message) });
  });
});

describe("parameters of a policy", () => {
  const Limit = defineKind({
    group: "example.com",
    version: "v1",
    kind: "Limit",
    plural: "limits",
    namespaced: true,
  });
  const definition = object(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    { name: "limits.example.com" },
    {
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "limits", kind: "Limit" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: "object", properties: { max: { type: "integer" } } },
            },
          },
        ],
      },
    },
  );
  const limit = (name: string, max: number, labels: Readonly<Record<string, string>> = {}): ApiRequest => ({
    verb: "create",
    kind: Limit,
    namespace: "default",
    object: object("example.com/v1", "Limit", { name, namespace: "default", labels }, { max }),
  });
  const spec = {
    paramKind: { apiVersion: "example.com/v1", kind: "Limit" },
    validations: [
      { expression: "object.data.size() <= params.max", messageExpression: "'at most ' + string(params.max)" },
    ],
  };
  const limited = (paramRef: Fields): Fixture => {
    const made = fixture();
    made.good({ verb: "create", kind: CustomResourceDefinition, object: definition });
    made.good(policy(spec));
    made.good(binding({ paramRef }));
    return made;
  };
  const two = creation({ data: { a: "1", b: "2" } });

  it("are taken by name, from the namespace of what is written", () => {
    const made = limited({ name: "small", parameterNotFoundAction: "Deny" });
    made.good(limit("small", 1));
    expect(made.bad(two).message).toContain("denied request: at most 1");
  });

  it("are taken by their labels, and each has its word", () => {
    const made = limited({ selector: { matchLabels: { use: "me" } }, parameterNotFoundAction: "Deny" });
    made.good(limit("large", 9, { use: "me" }));
    made.good(limit("other", 0));
    made.good(two);
    made.good(limit("small", 1, { use: "me" }));
    expect(made.bad({ ...two, object: { ...two.object, metadata: { name: "n" } } as KubeObject }).message).toContain(
      "at most 1",
    );
  });

  it("that are missing deny or allow", () => {
    expect(limited({ name: "none", parameterNotFoundAction: "Deny" }).bad(two).message).toContain(
      "denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
    );
    limited({ name: "none", parameterNotFoundAction: "Allow" }).good(two);
  });

  it("of an unknown kind fail the policy", () => {
    const made = fixture();
    made.good(policy(spec));
    made.good(binding({ paramRef: { name: "x", parameterNotFoundAction: "Allow" } }));
    expect(made.bad(two).message).toContain("not known");
  });
});
