import { Node, Pod, Secret, type ServiceAccount } from "../../api/index.ts";
import {
  type FieldError,
  type Kind,
  type KubeObject,
  statusErrors,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
import { admitPart } from "../admission-chain.ts";
import { withoutNulls } from "../body.ts";
import type { Call } from "../core.ts";
import { restrictPart } from "../nodes/node-restriction.ts";
import { existing } from "../verbs/get.ts";
import { type BoundObject, expirationOf, ISSUER, signToken } from "./service-account-token.ts";

type TokenRequestSpec = {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: {
    readonly kind?: string;
    readonly apiVersion?: string;
    readonly name?: string;
    readonly uid?: string;
  };
};

const TOKEN_REQUEST = { group: "authentication.k8s.io", kind: "TokenRequest" };
const SECONDS_DEFAULT = 3600;
/** What the ServiceAccount admission plugin asks for (`WarnOnlyBoundTokenExpirationSeconds`), and what is given. */
const SECONDS_MOUNTED = 3607;
const SECONDS_EXTENDED = 365 * 24 * 3600;
const SECONDS_MIN = 600;
const SECONDS_MAX = 2 ** 32;
const BINDABLE: readonly Kind<KubeObject>[] = [Pod, Secret, Node];

/** POST of a TokenRequest to `serviceaccounts/token` (`pkg/registry/core/serviceaccount/storage.TokenREST`). */
export function requestToken(call: Call): Unstructured {
  const account = existing(call) as Unstructured & ServiceAccount;
  const { name, namespace = "" } = account.metadata;
  const stated = call.request.object ?? { apiVersion: "", kind: "", metadata: { name } };
  // Go writes null where nothing in particular is asked for (kubectl before 1.32).
  const body = withoutNulls(stated) as Unstructured;
  checkAddress(body, account);
  restrictPart(call, "token", body);
  const spec = (body.spec ?? {}) as TokenRequestSpec;
  const { expirationSeconds = SECONDS_DEFAULT } = spec;
  const errors = secondsErrors(expirationSeconds);
  if (errors.length > 0) throw statusErrors.invalid(TOKEN_REQUEST, "", errors);
  const object = unstructured({ ...body, metadata: { ...body.metadata, name, namespace } });
  admitPart(call, { verb: "create", name, object, subresource: "token" });
  const audiences = spec.audiences === undefined || spec.audiences.length === 0 ? [ISSUER] : spec.audiences;
  const bound = boundObject(call, spec, account);
  const expiration = expirationOf(call.core, expirationSeconds);
  const terms = { audiences, ...lifetime(call, spec, { audiences, bound }), ...(bound === undefined ? {} : { bound }) };
  const token = signToken(call.core, account, terms);
  if (token === undefined) throw statusErrors.methodNotSupported(call.resource.kind, "create");
  return unstructured({
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { name, namespace, uid: account.metadata.uid, creationTimestamp: call.core.timestamp() },
    spec: { audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: expiration.text },
  } as Unstructured);
}

/**
 * What the kubelet mounts by default lives on past the time it is to be renewed by, for clients that read it once
 * (`--service-account-extend-token-expiration`); only the token says so.
 */
function lifetime(
  { core }: Call,
  { expirationSeconds = SECONDS_DEFAULT }: TokenRequestSpec,
  { audiences, bound }: { readonly audiences: readonly string[]; readonly bound: BoundObject | undefined },
): { readonly expiresMs: number; readonly warnAfterMs?: number } {
  const { ms } = expirationOf(core, expirationSeconds);
  const isExtended =
    bound?.kind === Pod && expirationSeconds === SECONDS_MOUNTED && audiences.every((audience) => audience === ISSUER);
  return isExtended ? { expiresMs: expirationOf(core, SECONDS_EXTENDED).ms, warnAfterMs: ms } : { expiresMs: ms };
}

function checkAddress({ metadata }: Unstructured, account: ServiceAccount): void {
  const { name, namespace } = account.metadata;
  if (metadata?.name && metadata.name !== name)
    throw statusErrors.invalid(TOKEN_REQUEST, name, [
      {
        type: "FieldValueInvalid",
        field: "metadata.name",
        value: metadata.name,
        detail: "must match the service account name if specified",
      },
    ]);
  if (metadata?.namespace && metadata.namespace !== namespace)
    throw statusErrors.badRequest(
      `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${namespace})`,
    );
}

function secondsErrors(seconds: unknown): readonly FieldError[] {
  const wrong = (detail: string): readonly FieldError[] => [
    { type: "FieldValueInvalid", field: "spec.expirationSeconds", value: seconds, detail },
  ];
  if (typeof seconds !== "number" || !Number.isInteger(seconds)) return wrong("must be an integer");
  if (seconds < SECONDS_MIN) return wrong("may not specify a duration less than 10 minutes");
  return seconds > SECONDS_MAX ? wrong("may not specify a duration larger than 2^32 seconds") : [];
}

function boundObject(
  call: Call,
  { boundObjectRef: ref }: TokenRequestSpec,
  account: ServiceAccount,
): BoundObject | undefined {
  if (ref === undefined || ref === null) return undefined;
  const { kind: kindName = "", apiVersion = "", name = "", uid } = ref;
  const kind = BINDABLE.find((bindable) => bindable.kind === kindName && apiVersion === "v1");
  if (kind === undefined)
    throw statusErrors.badRequest(
      `cannot bind token to object of type ${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kindName}`,
    );
  const object = call.core.state.get(kind, name, kind.namespaced ? account.metadata.namespace : undefined);
  if (object === undefined) throw statusErrors.notFound(kind, name);
  if (kind === Pod && ((object as Pod).spec.serviceAccountName ?? "default") !== account.metadata.name)
    throw statusErrors.badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to pod running with different serviceaccount name.`,
    );
  if (uid !== undefined && uid !== "" && uid !== object.metadata.uid)
    throw statusErrors.conflict(
      { group: "", plural: kindName },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  return { kind, object };
}
