import type { DnsZone } from "../kubernetes/zone.ts";
import { CLASS_IN, type DnsMessage, type DnsQuestion, RCODE } from "../message.ts";
import { createResponder, type DnsResponder } from "../responder.ts";
import { isInZone, lowerName } from "../zone-names.ts";
import { answerEdns } from "./answer-edns.ts";
import type { DnsClient, Request, ServerSurroundings } from "./plugin.ts";
import { badVersion, refusal } from "./refusal.ts";
import { bareReply, type Keep, type Reply, replyMessage } from "./reply.ts";
import type { ServerBlock } from "./server-block.ts";

/** A message in answer, and how long it may be given again. */
export type PortAnswer = { readonly message: DnsMessage; readonly keep: Keep | undefined };

/** A packet's outer circumstances. */
export type Asking = {
  readonly client: DnsClient;
  readonly size: number;
  readonly note?: Request["note"];
};

const OPCODE_NOTIFY = 4;
/** Following names from plugin to plugin ends here. */
const LOOK_UPS_MAX = 16;

/** All server blocks of one port: each query goes to the block with the longest zone its name is in. */
export class PortServer {
  readonly zone: DnsZone;
  readonly respond: DnsResponder;
  readonly #blocks = new Map<string, ServerBlock>();
  readonly #nowMs: () => number;
  readonly #stop: () => void;
  #lookUps = 0;

  constructor(surroundings: ServerSurroundings) {
    this.zone = surroundings.zone;
    this.#nowMs = () => surroundings.loop.nowMs();
    const { responder, stop } = createResponder(this);
    this.respond = responder;
    this.#stop = stop;
  }

  nowMs(): number {
    return this.#nowMs();
  }

  /** Gives a zone to a block; false when another block has it. */
  add(zone: string, block: ServerBlock): boolean {
    if (this.#blocks.has(zone)) return false;
    this.#blocks.set(zone, block);
    return true;
  }

  /** Answers a query; a query that is itself an answer gets none. */
  answer(query: DnsMessage, asking: Asking): PortAnswer | undefined {
    if (query.flags.response) return undefined;
    const [question] = query.questions;
    if (query.opcode !== 0 && query.opcode !== OPCODE_NOTIFY)
      return { message: refusal(query, RCODE.NOTIMP, { opcode: query.opcode }), keep: undefined };
    if (query.questions.length > 1) return { message: refusal(query, RCODE.FORMERR), keep: undefined };
    // A message that ends behind its header.
    if (question === undefined) return this.#written(query, bareReply(RCODE.SERVFAIL));
    if (question.class !== CLASS_IN && !this.#acceptsChaos()) return this.#written(query, bareReply(RCODE.REFUSED));
    if (query.edns !== undefined && query.edns.version !== 0) return { message: badVersion(query), keep: undefined };
    const request: Request = { query, question, ...asking };
    return this.#written(query, this.#handle(question, request));
  }

  /** Asks the server anew on behalf of a request under way. */
  lookUp(question: DnsQuestion, request: Request): Reply {
    if (this.#lookUps >= LOOK_UPS_MAX) return bareReply(RCODE.SERVFAIL);
    this.#lookUps++;
    const reply = this.#handle(question, { ...request, question });
    this.#lookUps--;
    return reply;
  }

  stop(): void {
    this.#stop();
  }

  #handle(question: DnsQuestion, request: Request): Reply {
    const block = this.#blockOf(lowerName(question.name));
    if (block === undefined) {
      request.note?.("server", "no server block is for this name");
      return bareReply(RCODE.REFUSED);
    }
    return block.handle(request);
  }

  #blockOf(name: string): ServerBlock | undefined {
    let best: string | undefined;
    for (const zone of this.#blocks.keys()) if (isInZone(name, zone) && zone.length > (best?.length ?? 0)) best = zone;
    return best === undefined ? undefined : this.#blocks.get(best);
  }

  #acceptsChaos(): boolean {
    for (const block of this.#blocks.values()) if (block.parts.some((part) => part.acceptsChaos === true)) return true;
    return false;
  }

  #written(query: DnsMessage, reply: Reply): PortAnswer | undefined {
    if (reply.unsent === true) return undefined;
    const edns = answerEdns(query, reply);
    const message = replyMessage(query, reply);
    // Whoever repeats an answer copies RD from the query.
    const keep = reply.recursionDesired === undefined ? reply.keep : undefined;
    return edns === undefined ? { message, keep } : { message: { ...message, edns }, keep };
  }
}
