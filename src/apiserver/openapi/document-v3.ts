import type { SchemaSource } from "../../apimachinery/index.ts";
import type { Resource } from "../resource.ts";
import { type Components, componentsOf, type Fields, gvkOf, SCHEMA_REF } from "./components.ts";
import { type ApiPath, type Operation, type Parameter, patchTypesOf, pathsOf } from "./paths.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const JSON_TYPE = "application/json";

/** The OpenAPI v3 document of the resources of one group version. */
export function documentV3(
  resources: readonly Resource[],
  source: SchemaSource | undefined,
  gitVersion: string,
): Fields {
  const components = componentsOf(resources, source);
  const paths: Record<string, unknown> = {};
  for (const resource of resources) for (const path of pathsOf(resource)) paths[path.path] = pathItem(path, components);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: gitVersion },
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        BearerToken: {
          type: "apiKey",
          description: "Bearer Token authentication",
          name: "authorization",
          in: "header",
        },
      },
    },
  };
}

function pathItem(path: ApiPath, components: Components): Fields {
  const item: Record<string, unknown> = {
    parameters: path.pathParameters.map((name) => ({
      name,
      in: "path",
      description:
        name === "name"
          ? `name of the ${path.resource.kind.kind}`
          : "object name and auth scope, such as for teams and projects",
      required: true,
      schema: { type: "string", uniqueItems: true },
    })),
  };
  for (const operation of path.operations) item[operation.method] = operationOf(path, operation, components);
  return item;
}

function operationOf(path: ApiPath, operation: Operation, components: Components): Fields {
  const { resource, subresource } = path;
  const schema = (what: Operation["answers"] | Operation["sends"]): Fields => {
    if (what === "options") return reference(`${META}.DeleteOptions`);
    if (what === "status") return reference(`${META}.Status`);
    if (what === "list") return reference(components.namesOf(resource).list);
    return subresource === undefined || subresource.responseKind.kind === resource.kind.kind
      ? reference(components.namesOf(resource).object)
      : { type: "object" };
  };
  const { group, version } = resource.kind;
  return {
    tags: [`${group === "" ? "core" : group.split(".")[0]}_${version}`],
    operationId: operationId(path, operation),
    ...(operation.parameters.length === 0 ? {} : { parameters: operation.parameters.map(queryParameter) }),
    ...(operation.sends === undefined
      ? {}
      : {
          requestBody: {
            content:
              operation.sends === "patch"
                ? Object.fromEntries(
                    patchTypesOf(resource).map((type) => [type, { schema: reference(`${META}.Patch`) }]),
                  )
                : { [JSON_TYPE]: { schema: schema(operation.sends) } },
          },
        }),
    responses: {
      200: { description: "OK", content: { [JSON_TYPE]: { schema: schema(operation.answers) } } },
      401: { description: "Unauthorized" },
    },
    "x-kubernetes-action": operation.action,
    "x-kubernetes-group-version-kind": subresource?.responseKind ?? gvkOf(resource),
  };
}

function queryParameter({ name, type, description }: Parameter): Fields {
  return { name, in: "query", description, schema: { type, uniqueItems: true } };
}

function reference(name: string): Fields {
  return { $ref: `${SCHEMA_REF}${name}` };
}

/** `createAppsV1NamespacedDeployment`, `readCoreV1NamespacedPodStatus`: how upstream names an operation. */
export function operationId({ resource, subresource, path }: ApiPath, { action }: Operation): string {
  const { group, version, kind, namespaced } = resource.kind;
  const isForAll = namespaced && !path.includes("{namespace}");
  const verb = { list: "list", get: "read", put: "replace", post: "create", delete: "delete", patch: "patch" };
  const head = action === "deletecollection" ? "delete" : verb[action];
  const groupName = group === "" ? "core" : (group.split(".")[0] as string);
  const parts = [
    groupName,
    version,
    action === "deletecollection" ? "collection" : "",
    namespaced && !isForAll ? "namespaced" : "",
    kind,
    subresource?.name ?? "",
  ];
  return (
    head +
    parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("") +
    (isForAll ? "ForAllNamespaces" : "")
  );
}
