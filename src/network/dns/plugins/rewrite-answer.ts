import type { DnsRecord } from "../message.ts";
import { lowerName } from "../zone-names.ts";
import type { AnswerRule } from "./rewrite-rules.ts";

/** A record after one rule: its name, the name it points to (the primary server of an SOA), or its TTL may be another. */
export function rewritten(record: DnsRecord, rule: AnswerRule): DnsRecord {
  switch (rule.kind) {
    case "name": {
      const name = rule.rewrite(lowerName(record.name));
      return name === lowerName(record.name) ? record : { ...record, name };
    }
    case "value":
      return withTarget(record, rule.rewrite);
    case "ttl":
      return { ...record, ttl: Math.min(Math.max(record.ttl, rule.least), rule.most) };
    case "cname":
    case "rcode":
      return record;
  }
}

function withTarget(record: DnsRecord, rewrite: (text: string) => string): DnsRecord {
  if (record.type === "SOA") {
    const primary = rewrite(record.primary);
    return primary === record.primary ? record : { ...record, primary };
  }
  if (!("target" in record)) return record;
  const target = rewrite(record.target);
  return target === record.target ? record : { ...record, target };
}
