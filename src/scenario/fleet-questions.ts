import { StatusError } from "../apimachinery/index.ts";
import { type ApiServer, type HttpExchange, type HttpResponder, requestUser } from "../apiserver/index.ts";
import type { Network, NetworkOrigin } from "../network/index.ts";

const PREFIX = "/apis/atoll.dev/v1alpha1/";

/** A simulated member, as questions about its network see it. */
export type QuestionDoor = { readonly cluster: string; readonly server: ApiServer; readonly network: Network };

/**
 * Answers what Kubernetes has no endpoint for, as plain text under `/apis/atoll.dev/v1alpha1`: `dig` (how a pod's resolver walks to
 * an answer), `explain` (each rule a request meets), `proxy` (what kube-proxy programs). False when the path is none of these.
 */
export function answerQuestion(door: QuestionDoor, exchange: HttpExchange, responder: HttpResponder): boolean {
  if (!exchange.path.startsWith(PREFIX)) return false;
  const { pathname, searchParams } = new URL(exchange.path, "https://member");
  const text = questionText(door, pathname.slice(PREFIX.length), searchParams);
  if (text === undefined) return false;
  const denied = denial(door.server, exchange);
  if (denied === undefined) responder.respond(200, { "content-type": "text/plain; charset=utf-8" }, `${text}\n`);
  else responder.respond(denied.code, { "content-type": "application/json" }, JSON.stringify(denied.status));
  return true;
}

/** The API server's own judgement of the path and of who asks. */
function denial(server: ApiServer, exchange: HttpExchange): StatusError | undefined {
  let denied: StatusError | undefined;
  try {
    server.raw(exchange.path, requestUser(server.core, exchange), (answer) => {
      if (!answer.ok && answer.status.code !== 404) denied = new StatusError(answer.status);
    });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    denied = error;
  }
  return denied;
}

function questionText(
  { cluster, network }: QuestionDoor,
  question: string,
  parameters: URLSearchParams,
): string | undefined {
  const pod = parameters.get("pod");
  const from: NetworkOrigin =
    pod === null ? { cluster } : { cluster, namespace: parameters.get("namespace") ?? "default", pod };
  if (question === "dig") return resolutionText(network, from, parameters.get("name") ?? "");
  if (question === "explain") return network.explain(from, parameters.get("url") ?? "").join("\n");
  if (question === "proxy") return proxyText(network, { cluster, node: parameters.get("node") ?? undefined });
  return undefined;
}

function resolutionText(network: Network, from: NetworkOrigin, name: string): string {
  const resolution = network.resolve(from, name);
  if (resolution === undefined) return "container not found";
  const steps = resolution.steps.map(
    ({ server, name: asked, type, outcome, addresses }) =>
      `${asked} ${type} at ${server}: ${[outcome, ...addresses].join(" ")}`,
  );
  return [
    ...steps,
    resolution.ok ? `answer: ${resolution.addresses.join(", ")}` : `no answer: ${resolution.reason}`,
  ].join("\n");
}

function proxyText(
  network: Network,
  { cluster, node }: { readonly cluster: string; readonly node: string | undefined },
): string {
  const report = network.proxy(cluster, node);
  if (report.mode === undefined) return `kube-proxy does not work: ${report.error}`;
  const tables = (): string => report.views.map(({ family }) => report.iptablesSave(family)).join("");
  const printers: Readonly<Record<string, () => string>> = { ipvs: report.ipvsadmLn, nftables: report.nftListRuleset };
  return [`# mode ${report.mode}`, (printers[report.mode] ?? tables)().trimEnd()].join("\n");
}
