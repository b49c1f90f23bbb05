import { type DnsRecord, RCODE } from "../message.ts";
import { isWireName } from "../name.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { bareReply, type Reply } from "../server/reply.ts";
import { rewritten } from "./rewrite-answer.ts";
import { type AnswerRule, type RewriteRule, ruleOf } from "./rewrite-rules.ts";

/** `rewrite [continue|stop] name|type|class|ttl|rcode|edns0 …`: another question is asked below, and the answer led back. */
export function rewritePlugin(setup: Setup): PluginPart {
  const rules: RewriteRule[] = [];
  let reverts = true;
  for (const { args, body } of setup.directives) {
    if (args[0] === "norevert" || args[0] === "revert") {
      reverts = args[0] === "revert";
      continue;
    }
    rules.push(ruleOf([...args, ...body.flatMap(({ words }) => words)]));
  }
  return {
    handle: (request, next) => {
      let { question } = request;
      const answerRules: AnswerRule[] = [];
      for (const rule of rules) {
        const done = rule.apply(question);
        if (done === undefined) continue;
        if (!isWireName(done.question.name))
          return bareReply(RCODE.SERVFAIL, `invalid name after rewrite: ${done.question.name}`);
        question = done.question;
        answerRules.push(...done.answerRules);
        if (rule.stops) break;
      }
      if (question === request.question && answerRules.length === 0) return next(request);
      request.note?.("rewrite", `asks for ${question.name} ${question.type} instead`);
      const reply = next({ ...request, question });
      return reverts ? lead(reply, answerRules, (name) => setup.lookUp({ ...question, name }, request).answers) : reply;
    },
  };
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
