import { canonicalIp } from "../ip-address.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import type { DnsMessage } from "./message.ts";
import type { DnsResponder, PacketSource } from "./responder.ts";

/** Where a packet for a name server ends: with who answers there, with nobody, or turned away. */
export type FindServer = (
  address: string,
  port: number,
  protocol: "UDP" | "TCP",
) => DnsResponder | "silent" | "refused";

const DNS_PORT = 53;
/** Linux' range of ports for clients. */
const CLIENT_PORT_FIRST = 32_768;
const CLIENT_PORTS = 28_232;

/** Asks a name server one question as a resolver would: over UDP, and over TCP when the answer does not fit or is a whole zone. */
export function askServer(
  find: FindServer,
  from: string,
  server: { readonly address: string; readonly port?: number | undefined },
  query: DnsMessage,
): DnsMessage | "timeout" | "refused" {
  const address = canonicalIp(server.address);
  if (address === undefined) return "timeout";
  const type = query.questions[0]?.type;
  const isTransfer = type === "AXFR" || type === "IXFR";
  const responder = find(address, server.port ?? DNS_PORT, isTransfer ? "TCP" : "UDP");
  if (responder === "refused") return "refused";
  if (responder === "silent") return "timeout";
  const packet = encodeMessage(query);
  const source: PacketSource = { address: from, port: clientPort(packet) };
  if (isTransfer && responder.transfer !== undefined)
    return wholeTransfer(responder.transfer(packet, source)) ?? "timeout";
  const answer = decoded(responder(packet, isTransfer ? "tcp" : "udp", source));
  return (answer?.flags.truncated === true ? decoded(responder(packet, "tcp", source)) : answer) ?? "timeout";
}

function decoded(answer: Buffer | undefined): DnsMessage | undefined {
  return answer === undefined ? undefined : decodeMessage(answer);
}

/** The messages of a transfer as one. */
function wholeTransfer(packets: readonly Buffer[] | undefined): DnsMessage | undefined {
  const messages = (packets ?? []).flatMap((packet) => decodeMessage(packet) ?? []);
  const [first] = messages;
  return first === undefined ? undefined : { ...first, answers: messages.flatMap(({ answers }) => answers) };
}

/** A port that hangs on the question alone: no chance is spent on it. */
function clientPort(packet: Buffer): number {
  let sum = 0;
  for (const byte of packet) sum = (sum * 31 + byte) % CLIENT_PORTS;
  return CLIENT_PORT_FIRST + sum;
}
