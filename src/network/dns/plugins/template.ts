import { GoPattern, parseGoPattern } from "../../../apimachinery/index.ts";
import { parseError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine, Directive } from "../corefile/corefile.ts";
import { GoTemplate } from "../go-template/execute.ts";
import { PARSE_INT } from "../go-template/functions.ts";
import type { GoValue } from "../go-template/value.ts";
import { type DnsRecord, isNamedType, RCODE, RCODE_NAMES } from "../message.ts";
import { recordProblem } from "../record-problem.ts";
import type { PluginPart, Request, Setup } from "../server/plugin.ts";
import { bareReply, ownReply, type Reply } from "../server/reply.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { parseRecord } from "../zone-text.ts";
import { extendedError, withExtendedError } from "./extended-error.ts";
import { argsOf, type Fall, fallOf, noFall, unknownProperty, zonesOrBlock } from "./settings.ts";
import { classAndType, type TemplateScope, templateData } from "./template-data.ts";

type Section = "answer" | "additional" | "authority";
type Template = {
  readonly type: string;
  readonly anyClass: boolean;
  readonly class: number;
  readonly zones: readonly string[];
  readonly patterns: GoPattern[];
  readonly texts: Record<Section, GoTemplate[]>;
  rcode: number;
  fall: Fall;
  /** An extended error (RFC 8914): code and text. */
  error: Buffer | undefined;
};
const CLASSES: Readonly<Record<string, number>> = { IN: 1, CH: 3, HS: 4, ANY: 255 };

/** `template CLASS TYPE [ZONE…] { match; answer; additional; authority; rcode; fallthrough }`: records made from the question. */
export function templatePlugin(setup: Setup): PluginPart {
  const templates = setup.directives.map((directive) => readTemplate(directive, setup.zones));
  return {
    handle: (request, next) => {
      for (const template of templates) {
        const scope = scopeOf(template, request);
        if (scope === "another") continue;
        if (scope === "no match") {
          if (template.fall(request.question.name)) continue;
          return bareReply(RCODE.SERVFAIL);
        }
        request.note?.("template", `matched ${template.type} in ${scope.zone}`);
        setup.surroundings.metrics.counter(
          "coredns_template_matches_total",
          "Counter of template regex matches.",
          labelsOf(setup.port, scope),
        ).value++;
        return execute(template, scope, setup);
      }
      return next(request);
    },
  };
}

function scopeOf(template: Template, request: Request): TemplateScope | "another" | "no match" {
  const { question } = request;
  const name = lowerName(question.name);
  const zone = longestZone(template.zones, name);
  if (zone === undefined) return "another";
  if (!template.anyClass && question.class !== template.class) return "another";
  if (template.type !== "ANY" && question.type !== "ANY" && question.type !== template.type) return "another";
  for (const pattern of template.patterns) {
    const match = pattern.exec(name);
    if (match !== undefined) return { zone, request, match, pattern, type: template.type, class: template.class };
  }
  return "no match";
}

const FAILURE = { name: "coredns_template_template_failures_total", help: "Counter of go template failures." };
const NO_RECORD = { name: "coredns_template_rr_failures_total", help: "Counter of mis-templated RRs." };

type Failure = typeof FAILURE & { readonly section: Section; readonly text: GoTemplate };

function countFailure(
  { port, surroundings }: Setup,
  scope: TemplateScope,
  { name, help, section, text }: Failure,
): void {
  surroundings.metrics.counter(name, help, { ...labelsOf(port, scope), section, template: String(text) }).value++;
}

function labelsOf(port: number, scope: TemplateScope): Readonly<Record<string, string>> {
  return { server: `dns://:${port}`, view: "", zone: scope.zone, ...classAndType(scope) };
}

function execute(template: Template, scope: TemplateScope, setup: Setup): Reply {
  if (template.rcode === RCODE.SERVFAIL) return bareReply(RCODE.SERVFAIL);
  const records: Record<Section, DnsRecord[]> = { answer: [], additional: [], authority: [] };
  const { question } = scope.request;
  const data = templateData(scope);
  for (const section of ["answer", "additional", "authority"] as const)
    for (const text of template.texts[section]) {
      const filled = filledIn(text, data);
      if ("error" in filled) {
        countFailure(setup, scope, { section, text, ...FAILURE });
        return bareReply(RCODE.SERVFAIL, filled.error);
      }
      const record = parseRecord(filled.text);
      if (record === undefined) {
        countFailure(setup, scope, { section, text, ...NO_RECORD });
        return bareReply(RCODE.SERVFAIL, recordProblem(filled.text));
      }
      records[section].push(record);
      // An alias is followed, as the client would have to.
      if (section === "answer" && record.type === "CNAME" && (question.type === "A" || question.type === "AAAA"))
        records.answer.push(...setup.lookUp({ ...question, name: record.target }, scope.request).answers);
    }
  const reply = ownReply({
    rcode: template.rcode,
    answers: records.answer,
    additionals: records.additional,
    authorities: records.authority,
  });
  if (template.error === undefined) return reply;
  return withExtendedError(reply, scope.request, template.error);
}

function filledIn(text: GoTemplate, data: GoValue): { readonly text: string } | { readonly error: string } {
  try {
    return { text: text.execute(data) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function compiled(line: CorefileLine, section: Section, text: string): GoTemplate {
  try {
    return new GoTemplate(section, text, { parseInt: PARSE_INT });
  } catch (error) {
    throw parseError(line, `could not compile template: ${line.words.at(-1)}, ${(error as Error).message}`);
  }
}

function readTemplate(directive: Directive, blockZones: readonly string[]): Template {
  const [className = "", type = "", ...zones] = directive.args;
  if (directive.args.length < 2) throw wrongCount(directive, directive.args.at(-1) ?? directive.name);
  const number = CLASSES[className];
  if (number === undefined) throw parseError(directive, `invalid query class ${className}`);
  if (!isNamedType(type)) throw parseError(directive, `invalid RR class ${type}`);
  const template: Template = {
    type,
    class: number,
    anyClass: className === "ANY",
    zones: zonesOrBlock(zones, blockZones),
    patterns: [],
    texts: { answer: [], additional: [], authority: [] },
    rcode: RCODE.NOERROR,
    fall: noFall,
    error: undefined,
  };
  for (const line of directive.body) readLine(line, template);
  if (template.patterns.length === 0) template.patterns.push(new GoPattern(".*"));
  return template;
}

function readLine(line: CorefileLine, template: Template): void {
  const [name = ""] = line.words;
  const args = argsOf(line, name === "fallthrough" || name === "upstream" ? 0 : 1, Number.POSITIVE_INFINITY);
  switch (name) {
    case "match":
      template.patterns.push(...args.map((text) => patternOf(line, text)));
      return;
    case "answer":
    case "additional":
    case "authority":
      template.texts[name].push(...args.map((text) => compiled(line, name, text)));
      return;
    case "rcode": {
      const code = Object.entries(RCODE_NAMES).find(([, one]) => one === args[0])?.[0];
      if (code === undefined) throw parseError(line, `unknown rcode ${args[0]}`);
      template.rcode = Number(code);
      return;
    }
    case "fallthrough":
      template.fall = fallOf(args);
      return;
    case "ederror":
      template.error = readError(line);
      return;
    case "upstream":
      return;
    case "var":
    case "expr":
      throw parseError(line, `property '${name}' is compiled in but not simulated`);
    default:
      throw unknownProperty(line);
  }
}

/** `ederror CODE [REASON]`. */
function readError(line: CorefileLine): Buffer {
  const [code = "", reason = ""] = argsOf(line, 1, 2);
  const problem = !/^\d+$/.test(code) ? "invalid syntax" : Number(code) > 0xffff ? "value out of range" : undefined;
  if (problem !== undefined)
    throw parseError(
      line,
      `error parsing extended DNS error code ${code}, strconv.ParseUint: parsing ${JSON.stringify(code)}: ${problem}`,
    );
  return extendedError(Number(code), reason);
}

function patternOf(line: CorefileLine, text: string): GoPattern {
  const pattern = parseGoPattern(text);
  if (typeof pattern === "string") throw parseError(line, `could not parse regex: ${text}, ${pattern}`);
  return pattern;
}
