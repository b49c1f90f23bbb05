import type { IntOrString, Probe } from "../../api/index.ts";
import type { ProbeResult } from "../../kube/index.ts";
import { type Listener, portKey } from "../fabric/cluster-network.ts";
import { isPending } from "../fabric/http.ts";
import { canonicalIp } from "../ip-address.ts";
import type { ContainerContext } from "./container-context.ts";

/** Probes a running container through its program: what listens, what it answers, how a command ends. Messages are the kubelet's. */
export function probeContainer(
  context: ContainerContext,
  probe: Probe,
  run: (argv: readonly string[]) => number | undefined,
): ProbeResult {
  const { httpGet, tcpSocket, exec, grpc } = probe;
  if (exec !== undefined) return probeExec(exec.command ?? [], run);
  if (httpGet !== undefined) return probeHttp(context, httpGet);
  const port = tcpSocket?.port ?? grpc?.port;
  if (port === undefined) return true;
  const target = place(context, port, tcpSocket?.host);
  if (target.listener !== undefined) return true;
  return { success: false, message: `dial tcp ${target.text}: connect: connection refused` };
}

function probeExec(argv: readonly string[], run: (argv: readonly string[]) => number | undefined): ProbeResult {
  const code = run(argv);
  if (code === 0) return true;
  return { success: false, message: code === undefined ? "command timed out" : `command exited with ${code}` };
}

function probeHttp(context: ContainerContext, probe: NonNullable<Probe["httpGet"]>): ProbeResult {
  const target = place(context, probe.port, probe.host);
  const path = probe.path ?? "/";
  const url = `${(probe.scheme ?? "HTTP").toLowerCase()}://${target.text}${path}`;
  if (target.listener === undefined)
    return { success: false, message: `Get "${url}": dial tcp ${target.text}: connect: connection refused` };
  const headers = { host: target.text, "user-agent": "kube-probe/1.34" };
  // The kubelet asks from the node.
  const remoteAddress = context.sandbox.nodeAddresses[0] ?? own(context);
  const response = target.listener.serve?.({ method: "GET", path, headers, body: "", remoteAddress });
  if (response === undefined) return { success: false, message: `Get "${url}": EOF` };
  if (isPending(response))
    return {
      success: false,
      message: `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    };
  if (response.status >= 200 && response.status < 400) return true;
  return { success: false, message: `HTTP probe failed with statuscode: ${response.status}` };
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
  return { text: `${wanted.includes(":") ? `[${wanted}]` : wanted}:${number}`, listener };
}

/** The address the kubelet knows the pod by. */
function own({ sandbox }: ContainerContext): string {
  return sandbox.addresses[0] ?? "";
}
