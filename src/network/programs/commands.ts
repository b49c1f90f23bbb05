import { agnhostProgram } from "./agnhost/agnhost.ts";
import { behaviours } from "./behaviours.ts";
import { awkProgram } from "./commands/awk.ts";
import { cmpProgram, diffProgram, pasteProgram } from "./commands/comparing.ts";
import { ddProgram } from "./commands/dd.ts";
import { digestProgram } from "./commands/digests.ts";
import { fileCommands } from "./commands/files.ts";
import { grepProgram } from "./commands/grep.ts";
import { ncProgram } from "./commands/netcat.ts";
import { networkCommands, pingProgram } from "./commands/network.ts";
import { catProgram, headProgram, tailProgram, teeProgram, wcProgram, yesProgram } from "./commands/readers.ts";
import { sedProgram } from "./commands/sed.ts";
import { envProgram, sleepProgram, systemCommands, timeoutProgram, xargsProgram } from "./commands/system.ts";
import {
  base64Program,
  cutProgram,
  hexdumpProgram,
  revProgram,
  sortProgram,
  tacProgram,
  trProgram,
  uniqProgram,
} from "./commands/text.ts";
import { corednsProgram } from "./coredns.ts";
import { digProgram } from "./dns/dig.ts";
import { getentProgram } from "./dns/getent.ts";
import { hostProgram } from "./dns/host.ts";
import { nslookupProgram } from "./dns/nslookup.ts";
import { curlProgram } from "./http/curl.ts";
import { wgetProgram } from "./http/wget.ts";
import { fluentdProgram } from "./log-shipping.ts";
import type { Program } from "./program.ts";
import { shellProgram } from "./shell/shell.ts";
import { tarProgram } from "./tar.ts";

/** Commands that need no time: their exit code is their result. */
const PLAIN = { ...fileCommands, ...networkCommands, ...systemCommands };

const PROGRAMS: Readonly<Record<string, Program>> = {
  ...behaviours,
  agnhost: agnhostProgram,
  "agnhost-2": agnhostProgram,
  ash: shellProgram,
  awk: awkProgram,
  base64: base64Program,
  bash: shellProgram,
  cat: catProgram,
  cmp: cmpProgram,
  coredns: corednsProgram,
  curl: curlProgram,
  cut: cutProgram,
  dash: shellProgram,
  dd: ddProgram,
  diff: diffProgram,
  dig: digProgram,
  egrep: grepProgram,
  env: envProgram,
  fgrep: grepProgram,
  fluentd: fluentdProgram,
  gawk: awkProgram,
  getent: getentProgram,
  grep: grepProgram,
  head: headProgram,
  hexdump: hexdumpProgram,
  host: hostProgram,
  md5sum: digestProgram("md5"),
  nc: ncProgram,
  ncat: ncProgram,
  netcat: ncProgram,
  nslookup: nslookupProgram,
  paste: pasteProgram,
  ping: pingProgram,
  ping6: pingProgram,
  rev: revProgram,
  sed: sedProgram,
  sh: shellProgram,
  sha1sum: digestProgram("sha1"),
  sha256sum: digestProgram("sha256"),
  sha512sum: digestProgram("sha512"),
  sleep: sleepProgram,
  sort: sortProgram,
  tac: tacProgram,
  tail: tailProgram,
  tar: tarProgram,
  tee: teeProgram,
  timeout: timeoutProgram,
  tr: trProgram,
  uniq: uniqProgram,
  wc: wcProgram,
  wget: wgetProgram,
  xargs: xargsProgram,
  yes: yesProgram,
};

/** The program of a command by its name or path; `undefined` when the container has none of that name. */
export function commandProgram(command: string): Program | undefined {
  const name = command.slice(command.lastIndexOf("/") + 1);
  const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
  if (plain !== undefined) return (process) => process.exit(plain(process, process.argv.slice(1)));
  return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
}
