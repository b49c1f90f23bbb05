import type { Timer } from "../../../sim/index.ts";
import { goDurationError } from "../../../std/index.ts";
import { ConfigError } from "../corefile/config-error.ts";
import { RCODE } from "../message.ts";
import type { Request, Setup } from "../server/plugin.ts";
import { bareReply, ownReply, type Reply } from "../server/reply.ts";
import { isInZone, lowerName } from "../zone-names.ts";
import { parseZoneFile } from "../zone-text.ts";
import { type FileAnswer, FileZone } from "./file-zone.ts";
import { durationMs } from "./settings.ts";

/** A zone of a file as last read, and how that is looked at again. */
export type ServedZone = {
  readonly name: string;
  readonly path: string;
  /** 0 when it never is. */
  readonly reloadMs: number;
  /** Whether the file is read whatever the serial of its SOA. */
  readonly ignoresSerial: boolean;
  zone: FileZone | undefined;
};

const OPCODE_NOTIFY = 4;
const CODES: Readonly<Record<FileAnswer["kind"], number>> = {
  success: RCODE.NOERROR,
  "no data": RCODE.NOERROR,
  delegation: RCODE.NOERROR,
  "no such name": RCODE.NXDOMAIN,
  failure: RCODE.SERVFAIL,
};

/** What a zone says to a request; `isMissing` when it has nothing of that name. */
export function answerFromZone(
  { zone, path }: ServedZone,
  request: Request,
  setup: Setup,
): { readonly reply: Reply; readonly isMissing: boolean } {
  const { question, query } = request;
  if (zone === undefined) return { reply: bareReply(RCODE.SERVFAIL), isMissing: false };
  // A zone of a file has no primary whose word would count.
  if (query.opcode === OPCODE_NOTIFY) return { reply: { ...ownReply({}), unsent: true }, isMissing: false };
  // Whole zones are the affair of `transfer`.
  if (question.type === "AXFR" || question.type === "IXFR")
    return { reply: bareReply(RCODE.REFUSED), isMissing: false };
  const answer = zone.answer(question, (name) => setup.lookUp({ ...question, name }, request));
  request.note?.("file", `${path}: ${answer.kind}`);
  const isMissing = answer.answers.length === 0 && (answer.kind === "no such name" || answer.kind === "success");
  return { reply: replyOf(answer), isMissing };
}

function replyOf({ kind, answers, authorities, additionals }: FileAnswer): Reply {
  if (kind === "failure" && answers.length === 0) return bareReply(RCODE.SERVFAIL);
  const reply = ownReply({ rcode: CODES[kind], answers, authorities, additionals });
  return kind === "delegation" && answers.length === 0 ? { ...reply, authoritative: false } : reply;
}

/** The zone in a text; another text says what is wrong. */
export function readZone(text: string, name: string, path: string): FileZone | string {
  const records = parseZoneFile(text, name);
  const file = JSON.stringify(path);
  if (typeof records === "string")
    return `failed to parse file ${file} for origin ${name} with error ${path}: ${records}`;
  const own = records.filter((record) => isInZone(lowerName(record.name), name));
  if (!own.some((record) => record.type === "SOA" && lowerName(record.name) === name))
    return `file ${file} has no SOA record for origin ${name}`;
  return new FileZone(name, own);
}

/** Reads the file now and then: another serial makes another zone, one that is wrong leaves the zone as it is. */
export function watchZone(served: ServedZone, { surroundings }: Setup): Timer | undefined {
  const { name, path, reloadMs } = served;
  if (reloadMs <= 0) return undefined;
  const log = (level: string, text: string): void => surroundings.log(`[${level}] plugin/file: ${text}`);
  const reload = (): void => {
    const what = `zone ${JSON.stringify(name)} in ${JSON.stringify(path)}`;
    const text = surroundings.readFile(path);
    if (text === undefined) {
      log("ERROR", `Failed to open ${what}: open ${path}: no such file or directory`);
      return;
    }
    const zone = readZone(text, name, path);
    if (typeof zone === "string") log("ERROR", `Parsing zone ${JSON.stringify(name)}: ${zone}`);
    else if (served.ignoresSerial || zone.serial !== served.zone?.serial) {
      served.zone = zone;
      log("INFO", `Successfully reloaded ${what} with ${zone.serial} SOA serial`);
    }
  };
  return surroundings.loop.every(reloadMs, `zone file of ${name}`, reload);
}

/** The value of `reload`. */
export function reloadOf(text: string | undefined): number {
  if (text === undefined) throw new ConfigError("reload duration value is expected");
  const problem = goDurationError(text);
  if (problem !== undefined) throw new ConfigError(`plugin/file: ${problem}`);
  return durationMs(text);
}
