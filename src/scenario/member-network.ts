import {
  decodeMessage,
  digText,
  dnsQuery,
  type ExecHandle,
  type ExecStart,
  encodeMessage,
  goErrorText,
  type Network,
  RCODE_NAMES,
  recordData,
} from "../network/index.ts";
import type { Loop } from "../sim/index.ts";
import { must } from "../std/index.ts";
import type { DigAnswer, ExecResult, MemberNetwork } from "./member-handle.ts";

const EDNS = { udpSize: 1232, version: 0, dnssecOk: false, options: [] };

/** What a simulated member's handle offers of its network, over the world's network. */
export function memberNetwork(
  network: Network,
  loop: Loop,
  member: { readonly cluster: string; readonly dnsIP: string },
): MemberNetwork {
  const { cluster } = member;
  return {
    dig: (name, type) => dig(network, loop, { ...member, name, type }),
    request: (from, url, onAnswer) => {
      const origin = from === undefined ? { cluster } : { cluster, namespace: from.namespace, pod: from.name };
      network.request(origin, url, {}, (result) => {
        if (result.ok) onAnswer({ ok: true, status: result.response.status, body: result.response.body });
        else onAnswer({ ok: false, error: goErrorText("GET", url, result.failure) });
      });
    },
    exec: (pod, container, argv, onExit) => {
      const target = { cluster, namespace: pod.namespace, pod: pod.name, container };
      collect((start) => network.exec(target, start), argv, onExit);
    },
    execOnNode: (node, argv, onExit) => collect((start) => network.nodeShell(cluster, node, start), argv, onExit),
    logs: (pod, container) => network.log({ cluster, namespace: pod.namespace, pod: pod.name, container })?.text,
  };
}

/** Runs a command without input and gathers what it prints. */
function collect(
  run: (start: ExecStart) => ExecHandle | string,
  argv: readonly string[],
  onExit: (result: ExecResult) => void,
): void {
  const output = { stdout: "", stderr: "" };
  const started = run({
    argv,
    output: {
      stdout: (text) => {
        output.stdout += text;
      },
      stderr: (text) => {
        output.stderr += text;
      },
    },
    onExit: (exitCode) => onExit({ exitCode, ...output }),
  });
  if (typeof started === "string") onExit({ exitCode: 126, stdout: "", stderr: `${started}\n` });
  else started.closeInput();
}

const NO_SERVERS = ";; connection timed out; no servers could be reached\n";
/** The bit TC. */
const isTruncated = (answer: Buffer): boolean => (answer.readUInt8(2) & 0x02) !== 0;

function dig(
  network: Network,
  loop: Loop,
  asked: { readonly cluster: string; readonly dnsIP: string; readonly name: string; readonly type: string },
): DigAnswer {
  const name = asked.name.endsWith(".") ? asked.name : `${asked.name}.`;
  const query = encodeMessage({
    ...dnsQuery({ name, type: asked.type.toUpperCase() }, EDNS),
    id: loop.random.stream("dig").below(65_536),
  });
  const ask = network.dns(asked.cluster).query;
  const datagram = ask(query, "udp");
  const bytes = datagram !== undefined && isTruncated(datagram) ? ask(query, "tcp") : datagram;
  if (bytes === undefined) return { status: "TIMEOUT", answers: [], text: NO_SERVERS };
  const message = must(decodeMessage(bytes), "a well-formed answer");
  return {
    status: RCODE_NAMES[message.rcode] ?? String(message.rcode),
    answers: message.answers.map((record) => ({
      name: record.name,
      ttl: record.ttl,
      type: record.type,
      data: recordData(record),
    })),
    text: digText(message, {
      args: `@${asked.dnsIP} ${asked.name} ${asked.type}`,
      server: asked.dnsIP,
      queryMs: 0,
      nowMs: loop.nowMs(),
      size: bytes.length,
    }),
  };
}
