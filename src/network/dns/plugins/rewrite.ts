import { type DnsRecord, RCODE } from "../message.ts";
import { isWireName } from "../name.ts";
import { echoedEdns } from "../server/answer-edns.ts";
import type { PluginPart, Request, Setup } from "../server/plugin.ts";
import { bareReply, type Reply } from "../server/reply.ts";
import { rewritten } from "./rewrite-answer.ts";
import { applyEdns, type EdnsDone } from "./rewrite-edns.ts";
import { type AnswerRule, type RewriteRule, ruleOf } from "./rewrite-rules.ts";

/** `rewrite [continue|stop] name|type|class|ttl|rcode|cname|edns0 …`: another question is asked below, and the answer led back. */
export function rewritePlugin(setup: Setup): PluginPart {
  const server = { port: setup.port, addresses: setup.surroundings.addresses };
  const rules = setup.directives.map(({ args, body }) => {
    // Only a rule of fewer than two words goes on inside braces.
    const inBraces = args.length < 2 ? body.flatMap(({ words }) => words) : [];
    return ruleOf([...args, ...inBraces], server);
  });
  const options = rules.flatMap((rule) => ("option" in rule ? [rule.option] : []));
  const echoed = new Set(options.filter(({ isLocal }) => isLocal).map(({ code }) => code));
  return {
    handle: (request, next) => {
      const asked = rewrittenRequest(request, rules);
      if (typeof asked === "string") return bareReply(RCODE.SERVFAIL, `invalid name after rewrite: ${asked}`);
      const { question } = asked.request;
      const { answerRules } = asked;
      if (question === request.question && answerRules.length === 0 && options.length === 0) return next(request);
      if (question !== request.question)
        request.note?.("rewrite", `asks for ${question.name} ${question.type} instead`);
      const reply = next(asked.request);
      const led = lead(reply, answerRules, (name) => setup.lookUp({ ...question, name }, request).answers);
      return options.length === 0 ? led : withEdns(led, asked, echoed);
    },
  };
}

type Rewritten = {
  readonly request: Request;
  readonly answerRules: readonly AnswerRule[];
  /** What leads the EDNS of the answer back, in the order of the rules. */
  readonly ednsRules: readonly NonNullable<EdnsDone["back"]>[];
};

/** The request as the rules leave it, one after the other until one stops; a name that is none is returned as a text. */
function rewrittenRequest(request: Request, rules: readonly RewriteRule[]): Rewritten | string {
  let asked = request;
  const answerRules: AnswerRule[] = [];
  const ednsRules: NonNullable<EdnsDone["back"]>[] = [];
  for (const rule of rules) {
    if ("option" in rule) {
      const done = applyEdns(rule.option, asked);
      if (done !== undefined) asked = { ...asked, query: { ...asked.query, edns: done.edns } };
      if (done?.isDone !== true) continue;
      if (done.back !== undefined) ednsRules.push(done.back);
    } else {
      const done = rule.apply(asked.question);
      if (done === undefined) continue;
      if (!isWireName(done.question.name)) return done.question.name;
      if (done.question !== asked.question) asked = { ...asked, question: done.question };
      answerRules.push(...done.answerRules);
    }
    if (rule.stops) break;
  }
  return { request: asked, answerRules, ednsRules };
}

/** The OPT of the answer: that of the query as it was rewritten, or led back; the codes of the rules are known to the server. */
function withEdns(reply: Reply, { request, ednsRules }: Rewritten, echoed: ReadonlySet<number>): Reply {
  const own = reply.edns ?? request.query.edns;
  if (own === undefined) return { ...reply, keep: undefined };
  const shown = ednsRules.reduceRight((edns, back) => back(edns), own);
  const edns = reply.edns === undefined ? echoedEdns(shown, echoed) : shown;
  return { ...reply, keep: undefined, edns };
}

/** The rules undo each other's work in turn, so the last is first; a code without an answer is written here, for the rules to see. */
function lead(reply: Reply, rules: readonly AnswerRule[], lookUp: (name: string) => readonly DnsRecord[]): Reply {
  if (rules.length === 0) return reply;
  const { unwritten: _, ...written } = reply;
  const backwards = [...rules].reverse();
  const all = (records: readonly DnsRecord[]): readonly DnsRecord[] =>
    records.map((record) => backwards.reduce((one, rule) => rewritten(one, rule), record));
  const rcode = backwards.reduce(
    (code, rule) => (rule.kind === "rcode" && rule.from(code) ? rule.to : code),
    reply.rcode,
  );
  return {
    ...written,
    rcode,
    answers: all(backwards.reduce((answers, rule) => retargeted(answers, rule, lookUp), reply.answers)),
    authorities: all(reply.authorities),
    additionals: all(reply.additionals),
  };
}

/** The aliases up to the one that is to have another target, that one with it, and what is found there. */
function retargeted(
  answers: readonly DnsRecord[],
  rule: AnswerRule,
  lookUp: (name: string) => readonly DnsRecord[],
): readonly DnsRecord[] {
  if (rule.kind !== "cname") return answers;
  for (const [index, record] of answers.entries()) {
    const target = record.type === "CNAME" ? rule.target(record.target) : undefined;
    if (record.type !== "CNAME" || target === undefined) continue;
    const aliases = answers.slice(0, index).filter(({ type }) => type === "CNAME");
    return [...aliases, { ...record, target }, ...lookUp(target)];
  }
  return answers;
}
