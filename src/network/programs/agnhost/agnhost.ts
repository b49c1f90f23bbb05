import { parseDurationMs } from "../../../std/index.ts";
import { parseResolvConf } from "../../resolver.ts";
import type { Process, Program } from "../program.ts";
import { askDatagram } from "./datagrams.ts";
import { readFlags } from "./flags.ts";
import { grpcHealthChecking } from "./grpc-health.ts";
import { guestbook } from "./guestbook.ts";
import { mounttest } from "./mounts.ts";
import { netexec } from "./netexec.ts";
import { portForwardTester } from "./port-forward-tester.ts";
import { liveness, logsGenerator, porter, serveHostname, testWebserver } from "./servers.ts";
import { askStream } from "./streams.ts";
import { conversionWebhook, webhook } from "./webhooks.ts";

type Command = (process: Process, args: readonly string[]) => void;

const COMMANDS: Readonly<Record<string, Command>> = {
  connect,
  "crd-conversion-webhook": conversionWebhook,
  "dns-server-list": (process) => tell(process, resolvConf(process).nameservers.join(",")),
  "dns-suffix": (process) => tell(process, resolvConf(process).search.join(",")),
  "entrypoint-tester": (process) =>
    tell(process, `[${[...(isNamed(process) ? [] : ["/agnhost"]), ...process.argv].join(" ")}]`),
  "etc-hosts": (process) => tell(process, process.files.read("/etc/hosts") ?? ""),
  "grpc-health-checking": grpcHealthChecking,
  guestbook,
  liveness,
  "logs-generator": logsGenerator,
  mounttest,
  netexec,
  pause,
  "port-forward-tester": portForwardTester,
  porter,
  "serve-hostname": serveHostname,
  "test-webserver": testWebserver,
  webhook,
};

/**
 * `registry.k8s.io/e2e-test-images/agnhost`: the many small servers and tools by which clusters are tested, and tutorials
 * taught. It is its image's program and a command of its containers.
 */
export const agnhostProgram: Program = (process) => {
  const [name = "pause", ...args] = isNamed(process) ? process.argv.slice(1) : process.argv;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) command(process, args);
  else {
    process.output.stderr(`Error: unknown command ${JSON.stringify(name)} for "app"\nRun 'app --help' for usage.\n`);
    process.exit(1);
  }
};

/** Whether a command says so; an image's arguments alone do not. */
function isNamed({ argv }: Process): boolean {
  return /(^|\/)agnhost(-2)?$/.test(argv[0] ?? "");
}

function tell(process: Process, text: string): void {
  process.output.stdout(`${text}\n`);
  process.exit(0);
}

function resolvConf(process: Process): ReturnType<typeof parseResolvConf> {
  return parseResolvConf(process.files.read("/etc/resolv.conf") ?? "");
}

/** Waits for a signal, and says which one it was. */
function pause(process: Process): void {
  process.output.stdout("Paused\nSignals registered\n");
  process.onTerminate(() => {
    const message = 'exiting because of signal "terminated"\n';
    process.files.write(process.environment.get("TERMINATION_MESSAGE_PATH") ?? "/dev/termination-log", message);
    process.output.stdout(message);
    process.exit(2);
  });
}

const CONNECT_TIMEOUT_MS = 30_000;

/** Connects, and says in one word why it could not. */
function connect(process: Process, args: readonly string[]): void {
  const flags = readFlags(args);
  const [target = ""] = flags.operands;
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(target) ?? [];
  const end = (problem?: string): void => {
    if (problem !== undefined) process.output.stderr(`${problem}\n`);
    process.exit(problem === undefined ? 0 : 1);
  };
  if (host === undefined) {
    end(`UNKNOWN: address ${target}: missing port in address`);
    return;
  }
  const asked = parseDurationMs(flags.text("timeout", "0")) ?? 0;
  const timeoutMs = asked > 0 ? asked : CONNECT_TIMEOUT_MS;
  const found = process.resolve(host);
  if (!found.ok) {
    end(`DNS: lookup ${host}: ${found.reason}`);
    return;
  }
  const to = { host, port: Number(port), timeoutMs };
  const ended = (outcome: { readonly ok: true } | { readonly ok: false; readonly reason: string }): void => {
    if (outcome.ok) end();
    else if (outcome.reason === "connection refused") end("REFUSED");
    else end(outcome.reason === "i/o timeout" ? "TIMEOUT" : `OTHER: ${outcome.reason}`);
  };
  const protocol = flags.text("protocol", "tcp");
  if (protocol === "udp") askDatagram(process, { ...to, text: `${flags.text("udp-data", "hostname")}\n` }, ended);
  else if (protocol === "sctp")
    askStream(process, { ...to, text: `${flags.text("sctp-data", "hostname")}\n` }, (reply) => {
      if (reply.ok || reply.reason === "i/o timeout") ended(reply);
      else end(`OTHER: ${reply.reason}`);
    });
  else
    process.dial(to, (outcome) => {
      if (outcome.ok) outcome.socket.close();
      ended(outcome.ok ? outcome : { ok: false, reason: outcome.failure.reason });
    });
}
