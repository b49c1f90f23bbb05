import type { Pod } from "../../api/index.ts";
import { parseDurationMs } from "../../std/index.ts";
import { reasonPhrase } from "../fabric/http-text.ts";
import { complain, readOptions } from "./commands/options.ts";
import type { Process, Program } from "./program.ts";
import { pauseProgram } from "./web.ts";

const OPTIONS = ["after", "body", "code", "delay", "header", "port", "say", "status"];
const CRASHED = 1;

/** `program.atoll.dev/<container>` says what a container runs in place of its own command, `atoll.dev/program` what all of a pod do. */
const PROGRAM_PREFIX = "program.atoll.dev/";
const PROGRAM = "atoll.dev/program";

/** The command line annotations give a container, in words; `undefined` when they give none. */
export function annotatedCommand(pod: Pod, container: string): readonly string[] | undefined {
  const { annotations = {} } = pod.metadata;
  const line = annotations[`${PROGRAM_PREFIX}${container}`] ?? annotations[PROGRAM];
  return line === undefined ? undefined : wordsOf(line);
}

/** Words between blanks; quotes of both kinds hold them together. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"),
  );
}

/**
 * Behaviours a container can be told to have, by its command line, by an annotation, or by a fleet's images:
 * `serve-http [--port N] [--body TEXT] [--status N] [--header NAME:VALUE]`, `serve-tcp` and `serve-udp [--port N] [--say TEXT]`
 * (which echo when they are told nothing to say), `crash [--after 5s] [--code N]`, `pause`.
 */
export const behaviours: Readonly<Record<string, Program>> = {
  "serve-http": serveHttp,
  "serve-tcp": serveTcp,
  "serve-udp": serveUdp,
  crash,
  pause: pauseProgram,
};

function serveHttp(process: Process): void {
  const { values } = readOptions(process.argv.slice(1), OPTIONS);
  const status = Number(values.get("status") ?? 200);
  const [name = "", value] = (values.get("header") ?? "").split(/:\s*(.*)/s);
  const headers = { "content-type": "text/plain; charset=utf-8", ...(value === undefined ? {} : { [name]: value }) };
  const body = values.get("body") ?? (status === 200 ? process.hostname : reasonPhrase(status));
  listening(process, values, 80, (port) =>
    process.listen(port, (request) => ({ status, headers, body: request.method === "HEAD" ? "" : body })),
  );
}

function serveTcp(process: Process): void {
  const { values } = readOptions(process.argv.slice(1), OPTIONS);
  const say = values.get("say");
  listening(process, values, 7, (port) =>
    process.accept(port, (socket) => {
      if (say !== undefined) {
        socket.write(say);
        socket.close();
      } else
        socket.onText((text) => {
          if (text === undefined) socket.end();
          else socket.write(text);
        });
    }),
  );
}

function serveUdp(process: Process): void {
  const { values } = readOptions(process.argv.slice(1), OPTIONS);
  const say = values.get("say");
  listening(process, values, 7, (port) => process.receive(port, ({ text, reply }) => reply(say ?? text)));
}

function listening(
  process: Process,
  values: ReadonlyMap<string, string>,
  usual: number,
  open: (port: number) => (() => void) | undefined,
): void {
  const port = Number(values.get("port") ?? usual);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    process.exit(complain(process, `invalid port ${values.get("port")}`));
  else if (open(port) === undefined) process.exit(complain(process, `port ${port}: address already in use`));
  else pauseProgram(process);
}

function crash(process: Process): void {
  const { values } = readOptions(process.argv.slice(1), OPTIONS);
  const code = Number(values.get("code") ?? CRASHED);
  const after = values.get("after") ?? "0s";
  const afterMs = parseDurationMs(after);
  if (afterMs === undefined) process.exit(complain(process, `invalid duration ${after}`));
  else if (afterMs === 0) process.exit(code);
  else process.after(afterMs, () => process.exit(code));
}
