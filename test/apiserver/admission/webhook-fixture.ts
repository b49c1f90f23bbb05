import { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from "../../../src/api/index.ts";
import type { Kind, KubeObject, Status, Unstructured } from "../../../src/apimachinery/index.ts";
import type { WebhookReply, WebhookRequest } from "../../../src/apiserver/admission/webhook-caller.ts";
import type { Answer, ApiRequest, ApiServerOptions, User } from "../../../src/apiserver/index.ts";
import { ADMIN, type Fixture, fixture, object } from "../fixture.ts";

/** The request of an AdmissionReview, as far as tests look at it. */
export type Review = {
  readonly uid: string;
  readonly operation: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly name?: string;
  readonly namespace?: string;
  readonly subResource?: string;
  readonly requestKind: { readonly version: string };
  readonly userInfo: { readonly username: string };
  readonly dryRun: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  readonly object: Unstructured | null;
  readonly oldObject: Unstructured | null;
};

/** What a webhook says to a review: the fields of its response, or a reply of another kind. */
export type Script = (review: Review, request: WebhookRequest) => Readonly<Record<string, unknown>> | WebhookReply;

export type WebhookFixture = Fixture & {
  /** Every question asked, in order. */
  readonly asked: WebhookRequest[];
  readonly reviews: () => readonly Review[];
  /** Sends a request and gives every webhook time to reply. */
  readonly send: (request: ApiRequest, user?: User) => Answer;
  readonly sent: (request: ApiRequest, user?: User) => Unstructured;
  readonly refused: (request: ApiRequest, user?: User) => Status;
  readonly answersTo: (hook: string, script: Script) => void;
};

/** A server whose webhooks answer by script; those without one allow everything. */
export function webhookFixture(options: Partial<ApiServerOptions> = {}): WebhookFixture {
  const scripts = new Map<string, Script>();
  const asked: WebhookRequest[] = [];
  const made = fixture({
    ...options,
    webhooks: {
      call: (request, onReply) => {
        asked.push(request);
        made.loop.soon("webhook", () => onReply(replyTo(request, scripts.get(request.hook))));
      },
    },
  });
  const send = (request: ApiRequest, user: User = ADMIN): Answer => {
    const answers: Answer[] = [];
    made.server.handle(request, user, (answer) => void answers.push(answer));
    made.settle();
    const [answer] = answers;
    if (answer === undefined || answers.length !== 1) throw new Error(`${answers.length} answers`);
    return answer;
  };
  return {
    ...made,
    asked,
    reviews: () => asked.map(({ body }) => (body as { readonly request: Review }).request),
    send,
    sent: (request, user) => {
      const answer = send(request, user);
      if (!answer.ok) throw new Error(`${request.verb} failed: ${answer.status.message}`);
      return answer.object;
    },
    refused: (request, user) => {
      const answer = send(request, user);
      if (answer.ok) throw new Error(`${request.verb} succeeded`);
      return answer.status;
    },
    answersTo: (hook, script) => void scripts.set(hook, script),
  };
}

function replyTo(request: WebhookRequest, script: Script | undefined): WebhookReply {
  const { apiVersion, request: review } = request.body as { readonly apiVersion: string; readonly request: Review };
  const said = script?.(review, request) ?? { allowed: true };
  if (typeof said.ok === "boolean") return said as WebhookReply;
  const body = { apiVersion, kind: "AdmissionReview", response: { uid: review.uid, ...said } };
  return { ok: true, status: 200, body: JSON.stringify(body) };
}

/** The patch fields of a response. */
export function patchOf(...operations: readonly object[]): Readonly<Record<string, unknown>> {
  const patch = Buffer.from(JSON.stringify(operations)).toString("base64");
  return { allowed: true, patchType: "JSONPatch", patch };
}

export const CONFIG_MAPS = {
  operations: ["CREATE", "UPDATE", "DELETE"],
  apiGroups: [""],
  apiVersions: ["v1"],
  resources: ["configmaps"],
};

/** A webhook of a configuration, about ConfigMaps unless its fields say otherwise. */
export function hook(name: string, fields: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    name,
    clientConfig: { url: `https://${name}/admit` },
    rules: [CONFIG_MAPS],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    ...fields,
  };
}

/** The request that creates a configuration of webhooks. */
export function configuration(
  kind: "mutating" | "validating",
  name: string,
  webhooks: readonly Readonly<Record<string, unknown>>[],
): ApiRequest {
  const of: Kind<KubeObject> = kind === "mutating" ? MutatingWebhookConfiguration : ValidatingWebhookConfiguration;
  return {
    verb: "create",
    kind: of,
    object: object("admissionregistration.k8s.io/v1", of.kind, { name }, { webhooks }),
    options: { fieldValidation: "Strict" },
  };
}
