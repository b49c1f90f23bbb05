import { goJsonType, type StatusError, statusErrors, type Unstructured } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { asDecoded, reportFields, shapeBody } from "../body.ts";
import type { Call, Warnings } from "../core.ts";
import { fieldWrite } from "../managed-fields.ts";
import type { ApiRequest } from "../request.ts";
import { createObject } from "./create.ts";
import { existing } from "./get.ts";
import { updateObject } from "./update.ts";

/** Server-side apply: lays a configuration over the named object, or creates it (`handlers.applyPatcher`). */
export function apply(
  call: Call,
  body: unknown,
  warnings: Warnings,
): { readonly code: number; readonly object: Unstructured } {
  const { resource, request } = call;
  const config = readConfig(body);
  const present = request.name === undefined ? undefined : resource.get(request.namespace, request.name);
  // Only whole objects are created by an apply.
  const stored = request.subresource === undefined ? present : existing(call);
  const live = stored === undefined ? undefined : asDecoded(call, call.core.untracked.shown(stored));
  const write = { ...fieldWrite(call, "apply"), force: call.options.force === true };
  if (live === undefined) checkNewConfig(call, config);
  const applied = call.core.fields.apply(live, config, write);
  reportFields(call, request.strictErrors ?? [], warnings, () => notStrict(call));
  const unfit = (why: string): StatusError => unfitConfig(call, config, why);
  const shaped = shapeBody({ ...call, request: withoutStrictErrors(request) }, applied, warnings, unfit);
  return live === undefined
    ? { code: 201, object: createObject(call, shaped, "apply") }
    : { code: 200, object: updateObject(call, live, shaped, "apply") };
}

/** A configuration that states a key twice, as Go's strict reading of YAML words it. */
function notStrict({ request: { strictErrors = [] } }: Call): StatusError {
  const lines = strictErrors.map((error) => `\n  ${error}`).join("");
  return statusErrors.badRequest(
    `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:${lines}`,
  );
}

/** What a configuration came to that has the fields of its kind, but not their values; an error without a Status is a bare 500. */
function unfitConfig({ resource }: Call, { metadata }: Unstructured, why: string): StatusError {
  const { group, version, kind } = resource.kind;
  const type = `${group}/${version}, Kind=${kind}`;
  const { namespace = "", name = "" } = metadata;
  return statusErrors.plain(
    `failed to convert new object (${namespace}/${name}; ${type}) to proper version: unable to convert unstructured object to ${type}: ${why}`,
  );
}

function withoutStrictErrors({ strictErrors: _, ...request }: ApiRequest): ApiRequest {
  return request;
}

/** The body of an apply: an object, as far as it can be told without its schema. */
export function readConfig(body: unknown): Unstructured {
  if (body !== null && !isRecord(body))
    throw notDecoded(`json: cannot unmarshal ${goJsonType(body)} into Go value of type map[string]interface {}`);
  if (body === null || (!body.apiVersion && !body.kind)) throw statusErrors.badRequest("invalid object type: /, Kind=");
  return { ...body, metadata: body.metadata ?? {} } as Unstructured;
}

function notDecoded(why: string): StatusError {
  return statusErrors.badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
}

function checkNewConfig(call: Call, config: Unstructured): void {
  const { resource, request, core } = call;
  const { name = "", namespace } = request;
  const { group, version, plural } = resource.kind;
  const place = namespace === undefined ? {} : { namespace };
  const asked = { user: call.user, verb: "create", group, version, resource: plural, name, ...place };
  const decision = core.authorize?.(asked, core.state) ?? "allow";
  if (decision !== "allow") throw decision;
  const { name: stated = "", uid } = config.metadata;
  if (uid)
    throw statusErrors.conflict(
      resource.kind,
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  if (stated === "")
    throw statusErrors.badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  if (stated !== name)
    throw statusErrors.badRequest(`the name of the object (${stated}) does not match the name on the URL (${name})`);
}
