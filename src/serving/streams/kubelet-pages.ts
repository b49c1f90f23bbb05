import { type Node, Pod } from "../../api/index.ts";
import type { ClusterState, HttpResponder } from "../../apiserver/index.ts";
import { bytesOfText } from "../../std/index.ts";
import { kubeletMetrics, resourceMetrics } from "./kubelet-metrics.ts";
import type { NodeAgent } from "./node-agent.ts";
import { answerPodLog } from "./pod-log.ts";
import type { StreamPath } from "./stream-path.ts";

const TEXT = { "content-type": "text/plain; charset=utf-8" } as const;
const METRICS = { "content-type": "text/plain; version=0.0.4; charset=utf-8" } as const;
const HTML = { "content-type": "text/html; charset=utf-8" } as const;

/** The few paths of a kubelet's own server that tell what a simulated node knows. */
export function answerKubelet(
  { state, agent }: { readonly state: ClusterState; readonly agent: NodeAgent | undefined },
  node: Node,
  path: StreamPath,
  responder: HttpResponder,
): void {
  const [page = "", ...rest] = path.rest.split("/").filter((part) => part !== "");
  const podsHere = (): readonly Pod[] => state.list(Pod).filter((pod) => pod.spec.nodeName === node.metadata.name);
  if (page === "healthz") responder.respond(200, TEXT, "ok");
  else if (page === "metrics" && rest.length === 0) responder.respond(200, METRICS, kubeletMetrics(node, podsHere()));
  else if (page === "metrics" && rest.join("/") === "resource")
    responder.respond(200, METRICS, resourceMetrics(state, podsHere()));
  else if (page === "pods" || page === "runningpods") {
    const own = podsHere();
    const items = page === "pods" ? own : own.filter((pod) => pod.status?.phase === "Running");
    const list = { kind: "PodList", apiVersion: "v1", metadata: {}, items };
    responder.respond(200, { "content-type": "application/json" }, JSON.stringify(list));
  } else if (page === "containerLogs" && rest.length === 3) {
    const [namespace = "", name = "", container = ""] = rest;
    const query = new URLSearchParams(path.search);
    query.set("container", container);
    answerPodLog(state, agent, { namespace, name, query }, responder);
  } else if (page === "logs" && agent !== undefined) answerLogs(agent, node, path, responder);
  else responder.respond(404, TEXT, "404 page not found\n");
}

/** `/var/log` of the machine, as Go's file server shows a directory: links at a slash, and a way there without one. */
function answerLogs(agent: NodeAgent, node: Node, { rest }: StreamPath, responder: HttpResponder): void {
  const disk = agent.disk(node.metadata.name);
  const at = `/var/log/${rest.replace(/^\/logs\/?/, "")}`;
  const path = at.replace(/\/$/, "");
  const text = disk.read(path);
  if (text !== undefined) responder.respond(200, TEXT, bytesOfText(text));
  else if (!disk.isDirectory(path)) responder.respond(404, TEXT, "404 page not found\n");
  else if (!rest.endsWith("/")) responder.respond(301, { location: `${rest.split("/").at(-1)}/` }, "");
  else {
    const links = disk.entries(path).map((name) => {
      const shown = disk.isDirectory(`${path}/${name}`) ? `${name}/` : name;
      return `<a href="${encodeURI(shown)}">${shown}</a>\n`;
    });
    const head = '<!doctype html>\n<meta name="viewport" content="width=device-width">\n';
    responder.respond(200, HTML, `${head}<pre>\n${links.join("")}</pre>\n`);
  }
}
