import { Namespace } from "../../api/index.ts";
import { authorizerValue, requestResourceValue } from "../cel/library/authorizer.ts";
import { BOOL, type CelField, type CelType, DYN, INT, listOf, mapOf, STRING } from "../cel/types.ts";
import type { ServerCore } from "../core.ts";
import type { Resource } from "../resource.ts";
import type { Attributes } from "./attributes.ts";

/** The variables of admission's expressions, with their types (`k8s.io/apiserver/pkg/admission/plugin/cel`). */
export function expressionVariables(options: { readonly hasParams: boolean }): ReadonlyMap<string, CelType> {
  const check: CelType = { kind: "opaque", name: "kubernetes.authorization.ResourceCheck" };
  const authorizer: CelType = { kind: "opaque", name: "kubernetes.authorization.Authorizer" };
  return new Map<string, CelType>([
    ["object", DYN],
    ["oldObject", DYN],
    ["request", requestType()],
    ["namespaceObject", namespaceType()],
    ["authorizer", authorizer],
    ["authorizer.requestResource", check],
    ...(options.hasParams ? ([["params", DYN]] as const) : []),
  ]);
}

function structure(name: string, fields: Readonly<Record<string, CelType>>): CelType {
  const entries = Object.entries(fields).map(([property, type]) => [property, { property, type }] as const);
  return { kind: "object", name, fields: new Map<string, CelField>(entries) };
}

function requestType(): CelType {
  const kind = structure("kubernetes.GroupVersionKind", { group: STRING, version: STRING, kind: STRING });
  const resource = structure("kubernetes.GroupVersionResource", { group: STRING, version: STRING, resource: STRING });
  const userInfo = structure("kubernetes.UserInfo", {
    username: STRING,
    uid: STRING,
    groups: listOf(STRING),
    extra: mapOf(STRING, listOf(STRING)),
  });
  return structure("kubernetes.AdmissionRequest", {
    kind,
    resource,
    subResource: STRING,
    requestKind: kind,
    requestResource: resource,
    requestSubResource: STRING,
    name: STRING,
    namespace: STRING,
    operation: STRING,
    userInfo,
    dryRun: BOOL,
    options: DYN,
  });
}

function namespaceType(): CelType {
  const timestamp: CelType = { kind: "timestamp" };
  const condition = structure("kubernetes.NamespaceCondition", {
    status: STRING,
    type: STRING,
    lastTransitionTime: timestamp,
    message: STRING,
    reason: STRING,
  });
  return structure("kubernetes.Namespace", {
    metadata: structure("kubernetes.NamespaceMetadata", {
      name: STRING,
      generateName: STRING,
      namespace: STRING,
      labels: mapOf(STRING, STRING),
      annotations: mapOf(STRING, STRING),
      UID: STRING,
      creationTimestamp: timestamp,
      deletionGracePeriodSeconds: INT,
      deletionTimestamp: timestamp,
      generation: INT,
      resourceVersion: STRING,
      finalizers: listOf(STRING),
    }),
    spec: structure("kubernetes.NamespaceSpec", { finalizers: listOf(STRING) }),
    status: structure("kubernetes.NamespaceStatus", { conditions: listOf(condition), phase: STRING }),
  });
}

/** What the variables stand for in one write; `target` is the version the expressions were written for. */
export type Values = {
  readonly attributes: Attributes;
  readonly core: ServerCore;
  readonly target: Resource;
  readonly object: unknown;
  readonly oldObject: unknown;
};

/** Looks variables up; each is made when it is first asked for. */
export function variableValues(values: Values): (name: string) => unknown {
  const made = new Map<string, unknown>();
  return (name) => {
    if (!made.has(name)) made.set(name, valueOf(name, values));
    return made.get(name);
  };
}

function valueOf(name: string, { attributes, core, target, object, oldObject }: Values): unknown {
  switch (name) {
    case "object":
      return object ?? null;
    case "oldObject":
      return oldObject ?? null;
    case "request":
      return requestFields(attributes, target);
    case "namespaceObject":
      return namespaceObject(attributes, core);
    case "authorizer":
      return authorizerValue(answerer(attributes, core));
    case "authorizer.requestResource":
      return requestResourceValue(answerer(attributes, core), requestResource(attributes));
    default:
      return null;
  }
}

/** What webhooks and expressions are told of a request beside its objects. */
export function requestFields(attributes: Attributes, target: Resource): Readonly<Record<string, unknown>> {
  const { resource, subresource, kind, user } = attributes;
  const gvr = ({ kind: of }: Resource): object => ({ group: of.group, version: of.version, resource: of.plural });
  const targetKind =
    target === resource ? kind : { group: target.kind.group, version: target.kind.version, kind: target.kind.kind };
  return {
    kind: { group: targetKind.group, version: targetKind.version, kind: targetKind.kind },
    resource: gvr(target),
    ...(subresource === "" ? {} : { subResource: subresource }),
    requestKind: { group: kind.group, version: kind.version, kind: kind.kind },
    requestResource: gvr(resource),
    ...(subresource === "" ? {} : { requestSubResource: subresource }),
    name: attributes.name,
    namespace: attributes.namespace,
    operation: attributes.operation,
    userInfo: {
      username: user.name,
      ...(user.uid ? { uid: user.uid } : {}),
      groups: user.groups,
      ...(user.extra === undefined ? {} : { extra: user.extra }),
    },
    dryRun: attributes.dryRun,
    options: attributes.options,
  };
}

function namespaceObject({ resource, namespace }: Attributes, core: ServerCore): unknown {
  if (!resource.kind.namespaced) return null;
  const object = core.state.get(Namespace, namespace);
  if (object === undefined) return null;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(metadata.uid === undefined ? {} : { UID: metadata.uid }) } };
}

function requestResource({
  resource,
  subresource,
  namespace,
  name,
}: Attributes): Parameters<typeof requestResourceValue>[1] {
  return {
    group: resource.kind.group,
    resource: resource.kind.plural,
    ...(subresource === "" ? {} : { subresource }),
    ...(namespace === "" ? {} : { namespace }),
    ...(name === "" ? {} : { name }),
  };
}

function answerer({ user }: Attributes, core: ServerCore): Parameters<typeof authorizerValue>[0] {
  return ({ serviceAccount, path, group = "", resource = "", ...rest }) => {
    const asker =
      serviceAccount === undefined
        ? user
        : {
            name: `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`,
            groups: [
              "system:serviceaccounts",
              `system:serviceaccounts:${serviceAccount.namespace}`,
              "system:authenticated",
            ],
          };
    const attributes = { user: asker, group, version: "*", resource, ...rest, ...(path === undefined ? {} : { path }) };
    const decision = core.authorize?.(attributes, core.state) ?? "allow";
    return decision === "allow" ? { allowed: true, reason: "" } : { allowed: false, reason: decision.message };
  };
}
