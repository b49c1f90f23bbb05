import type { IntOrString, LifecycleHandler, Probe } from "../../api/index.ts";
import { parseUrl } from "../../apimachinery/index.ts";
import type { PendingProbe, ProbeResult } from "../../kube/index.ts";
import { hostPort } from "../../std/index.ts";
import { type Listener, portKey } from "../fabric/cluster-network.ts";
import { type FetchFailure, fetchUrl, goErrorText, waitFor } from "../fabric/fetch.ts";
import { type HttpResponse, isPending } from "../fabric/http.ts";
import { canonicalIp } from "../ip-address.ts";
import type { ContainerContext } from "./container-context.ts";
import { callerOnNode } from "./sandbox.ts";

const TIMEOUT_SECONDS = 1;
const REDIRECTS_MAX = 10;

/** How long a probe may take, in milliseconds. */
export function probeTimeoutMs({ timeoutSeconds = TIMEOUT_SECONDS }: Probe): number {
  return timeoutSeconds * 1000;
}

/** Probes a port of a running container: what listens there, and what it answers. Messages are the kubelet's. */
export function probePort(context: ContainerContext, probe: Probe): ProbeResult | PendingProbe {
  const { httpGet, tcpSocket, grpc } = probe;
  if (httpGet !== undefined) return probeHttp(context, httpGet, probeTimeoutMs(probe));
  if (grpc !== undefined) return probeGrpc(context, grpc, probeTimeoutMs(probe));
  if (tcpSocket === undefined) return true;
  const target = place(context, tcpSocket.port, tcpSocket.host);
  if (target.listener !== undefined) return true;
  return { success: false, message: `dial tcp ${target.text}: connect: connection refused` };
}

/** Asks for a service's health; who listens and speaks no gRPC is waited for in vain (`pkg/probe/grpc`). */
function probeGrpc(
  context: ContainerContext,
  { port, service = "" }: NonNullable<Probe["grpc"]>,
  timeoutMs: number,
): ProbeResult {
  const { listener, text } = place(context, port, undefined);
  const answer = listener?.health?.(service ?? "");
  if (answer === "SERVING") return true;
  const message =
    answer === undefined
      ? `timeout: failed to connect service "${text}" within ${timeoutMs / 1000}s: context deadline exceeded`
      : typeof answer === "string"
        ? `service unhealthy (responded with "${answer}")`
        : `error: health rpc probe failed: rpc error: code = ${answer.code} desc = ${answer.message}`;
  return { success: false, message };
}

/** Asks whom a lifecycle handler names over HTTP; any answer will do. A port of TCP is not looked at (`pkg/kubelet/lifecycle`). */
export function hookPort(
  context: ContainerContext,
  { httpGet }: LifecycleHandler,
  timeoutMs: number,
): ProbeResult | PendingProbe {
  if (httpGet === undefined) return true;
  const { text } = place(context, httpGet.port, httpGet.host);
  const url = `${(httpGet.scheme ?? "HTTP").toLowerCase()}://${text}${pathOf(httpGet)}`;
  const headers = headersOf(context, httpGet, "kube-lifecycle");
  const from = { ...context, caller: callerOnNode(context.sandbox, context.caller) };
  return { later: (onResult) => fetchUrl(from, url, { headers, timeoutMs }, ({ ok }) => onResult(ok)) };
}

type HttpGet = NonNullable<Probe["httpGet"]>;

/** What answers at once and sends nowhere else is judged at once. A program of bytes is asked over a connection from the node. */
function probeHttp(context: ContainerContext, httpGet: HttpGet, timeoutMs: number): ProbeResult | PendingProbe {
  const target = place(context, httpGet.port, httpGet.host);
  const path = pathOf(httpGet);
  const url = `${(httpGet.scheme ?? "HTTP").toLowerCase()}://${target.text}${path}`;
  if (target.listener === undefined)
    return { success: false, message: `Get "${url}": dial tcp ${target.text}: connect: connection refused` };
  const headers = headersOf(context, httpGet);
  const asked: Asked = { context, headers, timeoutMs, url, redirects: 0 };
  const { serve } = target.listener;
  if (serve === undefined) return { later: (onResult) => ask(asked, onResult) };
  const remoteAddress = context.sandbox.nodeAddresses[0] ?? own(context);
  const answer = serve({ method: "GET", path, headers: { host: target.text, ...headers }, body: "", remoteAddress });
  if (answer !== undefined && !isPending(answer))
    return isRedirect(answer) ? { later: (onResult) => proceed(asked, answer, onResult) } : judged(answer);
  const none = { kind: "EOF" as const, host: target.text, port: 0 };
  if (answer === undefined) return failed(asked, none);
  return {
    later: (onResult) =>
      waitFor(context.loop, { answer, why: `answer of ${url}`, timeoutMs, none }, (end) =>
        "kind" in end ? onResult(failed(asked, end)) : proceed(asked, end, onResult),
      ),
  };
}

type Asked = {
  readonly context: ContainerContext;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly url: string;
  readonly redirects: number;
};
type OnResult = (result: ProbeResult) => void;

function ask(asked: Asked, onResult: OnResult): void {
  const { context, headers, timeoutMs, url } = asked;
  const from = { ...context, caller: callerOnNode(context.sandbox, context.caller) };
  fetchUrl(from, url, { headers, timeoutMs }, (result) => {
    if (result.ok) proceed(asked, result.response, onResult);
    else onResult(failed(asked, result.failure));
  });
}

/** Goes where a page sends to on the same host; another host is left alone, which is worth a warning. */
function proceed(asked: Asked, response: HttpResponse, onResult: OnResult): void {
  const { url, redirects } = asked;
  const location = isRedirect(response) ? response.headers.location : undefined;
  if (location !== undefined && !URL.canParse(location, url)) {
    onResult({ success: false, message: `Get "${url}": ${unreadableLocation(location)}` });
    return;
  }
  const next = location === undefined ? undefined : new URL(location, url);
  if (next === undefined || next.hostname !== new URL(url).hostname) onResult(judged(response));
  else if (redirects + 1 >= REDIRECTS_MAX)
    onResult({ success: false, message: `Get "${location}": stopped after ${REDIRECTS_MAX} redirects` });
  else ask({ ...asked, url: next.href, redirects: redirects + 1 }, onResult);
}

/** What Go's client says of it. */
function unreadableLocation(location: string): string {
  const read = parseUrl(location);
  const why = typeof read === "string" ? read : `parse ${JSON.stringify(location)}: invalid URL`;
  return `failed to parse Location header ${JSON.stringify(location)}: ${why}`;
}

function failed({ url }: Asked, failure: FetchFailure): ProbeResult {
  return { success: false, message: goErrorText("GET", url, failure) };
}

function judged({ status, body }: HttpResponse): ProbeResult {
  if (status >= 300 && status < 400)
    return { success: true, message: `Probe terminated redirects, Response body: ${body}` };
  if (status >= 200 && status < 300) return true;
  return { success: false, message: `HTTP probe failed with statuscode: ${status}` };
}

/** Those a client follows. */
function isRedirect({ status }: HttpResponse): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function pathOf({ path = "/" }: HttpGet): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** Headers of its own go before those every probe has; an empty `Accept` takes that away. */
function headersOf(
  { sandbox }: ContainerContext,
  { httpHeaders = [] }: HttpGet,
  agent = "kube-probe",
): Readonly<Record<string, string>> {
  const [, minor = "34"] = (sandbox.kubernetesVersion ?? "").split(".");
  const headers: Record<string, string> = { "user-agent": `${agent}/1.${minor}`, accept: "*/*" };
  for (const { name, value } of httpHeaders) headers[name.toLowerCase()] = value;
  if (headers.accept === "") delete headers.accept;
  return headers;
}

function place(
  context: ContainerContext,
  port: IntOrString,
  host: string | undefined,
): { readonly text: string; readonly listener: Listener | undefined } {
  const declared = context.container.ports?.find((one) => one.name === port)?.containerPort;
  const number = typeof port === "number" ? port : (declared ?? Number(port));
  const wanted = host === undefined || host === "" || host === "localhost" ? own(context) : host;
  const address = wanted.startsWith("127.") ? own(context) : (canonicalIp(wanted) ?? wanted);
  const listener = context.sandbox.network.listenerAt(address, portKey(number, "TCP"));
  return { text: hostPort(wanted, number), listener };
}

/** The address the kubelet knows the pod by. */
function own({ sandbox }: ContainerContext): string {
  return sandbox.addresses[0] ?? "";
}
