import type { HttpRequest, HttpResponse, PendingResponse } from "../../fabric/http.ts";
import { textResponse } from "../../fabric/http.ts";
import type { ListenerExtras, Process } from "../program.ts";
import { type Flags, readFlags } from "./flags.ts";
import { errorResponse, notFound, type Routes, serveRoutes } from "./serving.ts";

type Labelled = { readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> } };
type Container = { readonly name?: string };
type Reviewed = Labelled & {
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly containers?: readonly Container[]; readonly initContainers?: readonly Container[] };
};

/** What an admission review asks. */
type Admission = {
  readonly uid: string;
  readonly name?: string;
  readonly operation: string;
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly object?: Reviewed & { readonly stdin?: boolean; readonly container?: string };
  readonly oldObject?: Reviewed;
};

type Verdict = { readonly allowed: boolean; readonly status?: object; readonly patch?: readonly object[] };
type Judge = (admission: Admission) => Verdict | "never";

const DELAY_MS = 5000;
const ALLOWED: Verdict = { allowed: true };

/** `webhook`: admission webhooks by path, as upstream's tests use them. */
export function webhook(process: Process, args: readonly string[]): void {
  const flags = readFlags(args);
  const routes: Routes = {
    ...Object.fromEntries(
      Object.entries(JUDGES).map(([path, judge]) => [
        path,
        (_: URLSearchParams, request: HttpRequest) => review(request, judge),
      ]),
    ),
    "/mutating-pods-sidecar": (_, request) => review(request, sidecar(flags.text("sidecar-image", ""))),
    "/always-allow-delay-5s": (_, request) => {
      const answer = review(request, () => ALLOWED);
      if ("later" in answer) return answer;
      return { later: (onResponse) => process.after(DELAY_MS, () => onResponse(answer)) };
    },
    "/readyz": () => "ok",
    "/": () => notFound(),
  };
  serveRoutes(process, flags.number("port", 443), routes, certificatesIn(process, flags));
  process.onTerminate(() => process.exit(2));
}

/** What `--tls-cert-file` holds, if there is such a file. */
function certificatesIn(process: Process, flags: Flags): ListenerExtras {
  const certificates = process.files.read(flags.text("tls-cert-file", ""));
  return certificates === undefined ? {} : { certificates };
}

const JUDGES: Readonly<Record<string, Judge>> = {
  "/always-deny": () => denied({ message: "this webhook denies all requests" }),
  "/add-label": ({ object }) => ({ allowed: true, patch: labelPatch(object?.metadata?.labels ?? {}) }),
  "/pods": ({ object }) => judgePod(object),
  "/pods/attach": ({ name, object }) =>
    name === "to-be-attached-pod" && object?.stdin === true && object.container === "container1"
      ? denied({ message: "attaching to pod 'to-be-attached-pod' is not allowed" })
      : ALLOWED,
  "/mutating-pods": ({ object }) =>
    object?.metadata?.name === "webhook-to-be-mutated" &&
    !hasContainer(object.spec?.initContainers, "webhook-added-init-container")
      ? added("/spec/initContainers", [
          { image: "webhook-added-image", name: "webhook-added-init-container", resources: {} },
        ])
      : ALLOWED,
  "/configmaps": (admission) =>
    judgeData(admission, {
      unwanted: "the configmap contains unwanted key and value",
      kept: "the configmap cannot be deleted because it contains unwanted key and value",
    }),
  "/custom-resource": (admission) =>
    judgeData(admission, {
      unwanted: "the custom resource contains unwanted data",
      kept: "the custom resource cannot be deleted because it contains unwanted key and value",
    }),
  "/mutating-configmaps": ({ object }) => nextStage(object),
  "/mutating-custom-resource": ({ object }) => nextStage(object),
  "/crd": ({ object }) =>
    object?.metadata?.labels?.["webhook-e2e-test"] === "webhook-disallow"
      ? denied({ message: "the crd contains unwanted label" })
      : ALLOWED,
};

function denied(status: object): Verdict {
  return { allowed: false, status };
}

function added(path: string, value: unknown): Verdict {
  return { allowed: true, patch: [{ op: "add", path, value }] };
}

function labelPatch(labels: Readonly<Record<string, string>>): readonly object[] {
  if (Object.keys(labels).length === 0)
    return [{ op: "add", path: "/metadata/labels", value: { "added-label": "yes" } }];
  if (labels["added-label"] === "yes") return [];
  const op = labels["added-label"] === undefined ? "add" : "replace";
  return [{ op, path: "/metadata/labels/added-label", value: "yes" }];
}

function judgePod(pod: Reviewed | undefined): Verdict | "never" {
  const label = pod?.metadata?.labels?.["webhook-e2e-test"];
  if (label === "wait-forever") return "never";
  const reasons = label === "webhook-disallow" ? ["the pod contains unwanted label;"] : [];
  for (const { name = "" } of pod?.spec?.containers ?? [])
    if (name.includes("webhook-disallow")) reasons.push("the pod contains unwanted container name;");
  return reasons.length === 0 ? ALLOWED : denied({ message: reasons.join(" ") });
}

function hasContainer(containers: readonly Container[] | undefined, name: string): boolean {
  return containers?.some((one) => one.name === name) === true;
}

function sidecar(image: string): Judge {
  return ({ object }) => {
    if (image === "")
      return denied({ status: "Failure", message: "No image specified by the sidecar-image parameter", code: 500 });
    if (hasContainer(object?.spec?.containers, "webhook-added-sidecar")) return ALLOWED;
    return added("/spec/containers/-", { image, name: "webhook-added-sidecar", resources: {} });
  };
}

function judgeData(
  { operation, object, oldObject }: Admission,
  reasons: { readonly unwanted: string; readonly kept: string },
): Verdict {
  const value = (operation === "DELETE" ? oldObject : object)?.data?.["webhook-e2e-test"];
  if (value === "webhook-disallow" && (operation === "CREATE" || operation === "UPDATE"))
    return denied({ reason: reasons.unwanted });
  if (value === "webhook-nondeletable" && operation === "DELETE") return denied({ reason: reasons.kept });
  return ALLOWED;
}

function nextStage(object: Reviewed | undefined): Verdict {
  if (object?.data?.["mutation-stage-1"] === "yes") return added("/data/mutation-stage-2", "yes");
  if (object?.data?.["mutation-start"] === "yes") return added("/data/mutation-stage-1", "yes");
  return ALLOWED;
}

function review(request: HttpRequest, judge: Judge): HttpResponse | PendingResponse {
  const body = readReview<Admission>(request, "AdmissionReview");
  if (typeof body === "string") return errorResponse(400, body);
  const verdict = judge(body.request);
  if (verdict === "never") return { later: () => {} };
  const { allowed, status, patch = [] } = verdict;
  const patched =
    patch.length === 0 ? {} : { patch: Buffer.from(JSON.stringify(patch)).toString("base64"), patchType: "JSONPatch" };
  const response = { uid: body.request.uid, allowed, ...(status === undefined ? {} : { status }), ...patched };
  return jsonResponse({ kind: "AdmissionReview", apiVersion: body.apiVersion, response });
}

type Review<Request> = { readonly apiVersion: string; readonly kind: string; readonly request: Request };

/** The review in a request, or what is wrong with it. */
function readReview<Request>(request: HttpRequest, kind: string): Review<Request> | string {
  let body: Review<Request>;
  try {
    body = JSON.parse(request.body) as Review<Request>;
  } catch (error) {
    return `Request could not be decoded: ${(error as Error).message}`;
  }
  return body?.kind === kind && typeof body.request === "object"
    ? body
    : `Unsupported group version kind: ${body?.apiVersion}, Kind=${body?.kind}`;
}

function jsonResponse(body: object): HttpResponse {
  return textResponse(JSON.stringify(body), { "content-type": "application/json" });
}

type Converted = Readonly<Record<string, unknown>> & { readonly apiVersion?: string };
type Conversion = { readonly uid: string; readonly desiredAPIVersion: string; readonly objects: readonly Converted[] };

/** `crd-conversion-webhook`: turns `hostPort` of stable.example.com/v1 into `host` and `port` of v2, and back. */
export function conversionWebhook(process: Process, args: readonly string[]): void {
  const flags = readFlags(args);
  const routes: Routes = {
    "/crdconvert": (_, request) => {
      const body = readReview<Conversion>(request, "ConversionReview");
      if (typeof body === "string") return errorResponse(400, body);
      const { uid, desiredAPIVersion, objects } = body.request;
      const converted = objects.map((object) => convertExample(object, desiredAPIVersion));
      const failure = converted.find((one) => typeof one === "string");
      const response =
        failure === undefined
          ? { uid, convertedObjects: converted, result: { metadata: {}, status: "Success" } }
          : { uid, convertedObjects: [], result: { metadata: {}, status: "Failure", message: failure } };
      return jsonResponse({ kind: body.kind, apiVersion: body.apiVersion, response });
    },
    "/readyz": () => "ok",
    "/": () => notFound(),
  };
  serveRoutes(process, flags.number("port", 443), routes, certificatesIn(process, flags));
  process.onTerminate(() => process.exit(2));
}

function convertExample(object: Converted, apiVersion: string): Converted | string {
  if (object.apiVersion === apiVersion)
    return `conversion from a version to itself should not call the webhook: ${apiVersion}`;
  const [v1, v2] = ["stable.example.com/v1", "stable.example.com/v2"];
  if (object.apiVersion === v1 && apiVersion === v2) {
    const { hostPort, ...rest } = object;
    if (hostPort === undefined) return { ...rest, apiVersion };
    const [host, port, more] = String(hostPort).split(":");
    if (port === undefined || more !== undefined) return `invalid hostPort value \`${hostPort}\``;
    return { ...rest, apiVersion, host, port };
  }
  if (object.apiVersion === v2 && apiVersion === v1) {
    const { host, port, ...rest } = object;
    if (host === undefined && port === undefined) return { ...rest, apiVersion };
    return { ...rest, apiVersion, hostPort: `${host ?? ""}:${port ?? ""}` };
  }
  const isKnown = object.apiVersion === v1 || object.apiVersion === v2;
  return `unexpected conversion version ${JSON.stringify(isKnown ? apiVersion : object.apiVersion)}`;
}
