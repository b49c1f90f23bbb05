import type { Builtin } from "./builtins.ts";
import { forEachInTurn } from "./repeat.ts";
import type { Job, Shell } from "./state.ts";

const INTERRUPTED = 143;
const SIGNALS: Readonly<Record<string, string>> = {
  "0": "EXIT",
  "1": "HUP",
  "2": "INT",
  "3": "QUIT",
  "9": "KILL",
  "15": "TERM",
};

/** Commands about what runs beside the shell, and about signals. */
export const jobBuiltins: Readonly<Record<string, Builtin>> = {
  wait: (shell, { argv }, done) => {
    const wanted = argv.slice(1).map(Number);
    const jobs = shell.jobs.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
    waitFor(shell, jobs, done);
  },
  kill: (shell, { argv }, done) => done(killJobs(shell, argv.slice(1))),
  jobs: (shell, _, done) => {
    for (const [index, { id, code }] of shell.jobs.entries())
      shell.streams.output.stdout(`[${index + 1}] ${code === undefined ? "Running" : "Done"} ${id}\n`);
    done(0);
  },
  trap: (shell, { argv }, done) => {
    const [action = "", ...names] = argv.slice(1);
    for (const name of names) {
      const signal = (SIGNALS[name] ?? name).toUpperCase().replace(/^SIG/, "");
      if (action === "-") shell.traps.delete(signal);
      else shell.traps.set(signal, action);
    }
    done(0);
  },
};

/** Waits until jobs have ended; a signal with a trap ends the waiting. */
function waitFor(shell: Shell, jobs: readonly Job[], done: (code: number) => void): void {
  let finished = false;
  const finish = (code: number): void => {
    if (finished) return;
    finished = true;
    shell.interruptWait = undefined;
    done(code);
  };
  shell.interruptWait = () => finish(INTERRUPTED);
  forEachInTurn(
    jobs,
    (job, next) => {
      if (job.code === undefined) job.waiting.push(next);
      else next();
    },
    () => finish(jobs.at(-1)?.code ?? 0),
  );
}

function killJobs(shell: Shell, args: readonly string[]): number {
  let code = 0;
  const signal = args.find((arg) => /^-\w/.test(arg));
  for (const word of args.filter((arg) => arg !== signal)) {
    const job = word.startsWith("%")
      ? shell.jobs[Number(word.slice(1)) - 1]
      : shell.jobs.find(({ id }) => id === Number(word));
    if (job === undefined || job.code !== undefined) {
      if (shell.process.signal(Number(word), signal?.slice(1) ?? "TERM")) continue;
      shell.streams.output.stderr(`${shell.name}: can't kill pid ${word}: No such process\n`);
      code = 1;
    } else if (signal !== "-0") job.kill();
  }
  return code;
}
