import { hostPort } from "../../../std/index.ts";
import { type DnsMessage, dnsQuery, RCODE, RCODE_NAMES } from "../../dns/message.ts";
import { parseIp, reverseNameOf } from "../../ip-address.ts";
import { parseResolvConf } from "../../resolver.ts";
import type { Process } from "../program.ts";
import { type Asked, askedBy, bare, lookUp, NO_SERVERS, nslookupLines } from "./lookup.ts";

/** Images whose nslookup is busybox' own. */
const BUSYBOX_IMAGES = /(^|\/)(busybox|alpine)(:|@|$)/;

/** `nslookup [-type=T] NAME [SERVER]`: BIND's, or busybox' in images made of it. */
export function nslookupProgram(process: Process): void {
  const asked = askedBy(process);
  if (BUSYBOX_IMAGES.test(process.container.image ?? "")) busyboxLookUp(process, asked);
  else bindLookUp(process, asked);
}

function bindLookUp(process: Process, asked: Asked): void {
  const found = lookUp(process, asked, ["A", "AAAA"]);
  if (found.state === "unreachable") {
    process.output.stdout(NO_SERVERS);
    process.exit(1);
    return;
  }
  const lines = [`Server:\t\t${found.server}`, `Address:\t${found.server}#53`, ""];
  if (found.state === "missing") lines.push(`** server can't find ${asked.name}: ${found.rcode}`);
  else if (found.state === "empty") lines.push(`*** Can't find ${asked.name}: No answer`);
  else {
    if (found.answered[0]?.message.flags.authoritative !== true) lines.push("Non-authoritative answer:");
    const records = found.answered.flatMap(({ message }) => message.answers);
    lines.push(...records.flatMap((record) => nslookupLines(record, (name) => name)));
  }
  process.output.stdout(`${lines.join("\n")}\n\n`);
  process.exit(found.state === "answered" ? 0 : 1);
}

/** Every name and type is a question of its own, all told in turn; only names without a dot are searched for. */
function busyboxLookUp(process: Process, asked: Asked): void {
  const conf = parseResolvConf(process.files.read("/etc/resolv.conf") ?? "");
  const server = asked.server ?? conf.nameservers[0] ?? "127.0.0.1";
  const port = hostPort(server, 53);
  const answers = busyboxQuestions(asked, conf.search).map((question) => ({
    name: bare(question.name),
    answer: process.ask(dnsQuery(question), asked.server).answer,
  }));
  if (answers.every(({ answer }) => typeof answer === "string")) {
    process.output.stdout(NO_SERVERS);
    process.exit(1);
    return;
  }
  let code = 0;
  const blocks = answers.map(({ name, answer }) => {
    if (typeof answer === "string") return "";
    if (answer.rcode === RCODE.NOERROR) return answerText(answer);
    code = 1;
    return `** server can't find ${name}: ${RCODE_NAMES[answer.rcode] ?? answer.rcode}\n`;
  });
  process.output.stdout(`Server:\t\t${server}\nAddress:\t${port}\n\n${blocks.map((block) => `${block}\n`).join("")}`);
  process.exit(code);
}

function busyboxQuestions(
  { name, types }: Asked,
  search: readonly string[],
): readonly { name: string; type: string }[] {
  const address = parseIp(name);
  if (address !== undefined) return [{ name: `${reverseNameOf(address)}.`, type: "PTR" }];
  const names = name.includes(".") || search.length === 0 ? [name] : search.map((domain) => `${name}.${domain}`);
  return (types ?? ["A", "AAAA"]).flatMap((type) =>
    names.map((one) => ({ name: one.endsWith(".") ? one : `${one}.`, type })),
  );
}

function answerText(message: DnsMessage): string {
  const lines = message.answers.flatMap((record) => nslookupLines(record, bare));
  if (lines.length > 0 && !message.flags.authoritative) lines.unshift("Non-authoritative answer:");
  return lines.map((line) => `${line}\n`).join("");
}
