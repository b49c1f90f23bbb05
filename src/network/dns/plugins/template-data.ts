import type { GoMatch, GoPattern } from "../../../apimachinery/index.ts";
import { type GoValue, goBool, goInt, goString, goStrings, goUint } from "../go-template/value.ts";
import { type DnsMessage, type DnsQuestion, typeNumber } from "../message.ts";
import type { Request } from "../server/plugin.ts";
import { lowerName } from "../zone-names.ts";

/** A query and the part of a template it matched. */
export type TemplateScope = {
  readonly zone: string;
  readonly request: Request;
  readonly pattern: GoPattern;
  readonly match: GoMatch;
  /** Of the template, for queries of ANY. */
  readonly type: string;
  readonly class: number;
};

const CLASS_NAMES: Readonly<Record<number, string>> = { 1: "IN", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY" };
const CLASS_ANY = 255;
const NO_META: GoValue = goString("");

/** What `{{ … }}` can name (CoreDNS' `plugin/template`). */
export function templateData(scope: TemplateScope): GoValue {
  const { zone, request, pattern, match } = scope;
  const { question } = request;
  const named = classAndType(scope);
  const groups = [...match.parts.map((part, index) => [String(index), part] as const), ...Object.entries(match.named)];
  return {
    kind: "struct",
    type: "*template.templateData",
    hidden: ["md"],
    methods: {
      Meta: {
        parameters: ["string"],
        call: ([name]) => goString((name?.kind === "string" ? request.labels?.get(name.value) : undefined) ?? ""),
      },
    },
    fields: {
      Zone: goString(zone),
      Name: goString(lowerName(question.name)),
      Regex: goString(pattern.source),
      Match: goStrings(match.parts.map((part) => part ?? "")),
      Group: {
        kind: "map",
        type: "map[string]string",
        zero: NO_META,
        entries: new Map(groups.map(([name, part]) => [name, goString(part ?? "")])),
      },
      Class: goString(named.class),
      Type: goString(named.type),
      get Message() {
        return goMessage(request.query, question);
      },
      Question: goQuestion(question, "*"),
      Remote: goString(request.client.address),
      Var: { kind: "map", type: "map[string]interface {}", zero: undefined, entries: new Map() },
    },
  };
}

/** Of the query, or of the template for one that asks for any; empty when miekg/dns has no name for it. */
export function classAndType({
  request: { question },
  ...template
}: Pick<TemplateScope, "request" | "type" | "class">): { readonly class: string; readonly type: string } {
  const type = question.type === "ANY" ? template.type : question.type;
  return {
    class: CLASS_NAMES[question.class === CLASS_ANY ? template.class : question.class] ?? "",
    type: /^TYPE\d+$/.test(type) ? "" : type,
  };
}

function goQuestion({ name, type, class: number }: DnsQuestion, pointer: "*" | ""): GoValue {
  return {
    kind: "struct",
    type: `${pointer}dns.Question`,
    fields: {
      Name: goString(name),
      Qtype: goUint(typeNumber(type) ?? 0, "uint16"),
      Qclass: goUint(number, "uint16"),
    },
  };
}

/** The query as a message of miekg/dns; its records are not told. */
function goMessage({ id, opcode, flags, rcode }: DnsMessage, question: DnsQuestion): GoValue {
  const records: GoValue = { kind: "slice", type: "[]dns.RR", items: [] };
  return {
    kind: "struct",
    type: "*dns.Msg",
    fields: {
      Id: goUint(id, "uint16"),
      Response: goBool(flags.response),
      Opcode: goInt(opcode),
      Authoritative: goBool(flags.authoritative),
      Truncated: goBool(flags.truncated),
      RecursionDesired: goBool(flags.recursionDesired),
      RecursionAvailable: goBool(flags.recursionAvailable),
      Zero: goBool(false),
      AuthenticatedData: goBool(flags.authenticData),
      CheckingDisabled: goBool(flags.checkingDisabled),
      Rcode: goInt(rcode),
      Compress: goBool(false),
      Question: { kind: "slice", type: "[]dns.Question", items: [goQuestion(question, "")] },
      Answer: records,
      Ns: records,
      Extra: records,
    },
  };
}
