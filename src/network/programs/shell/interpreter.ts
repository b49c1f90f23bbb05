import { isBuiltin, runBuiltin } from "./builtins.ts";
import { expandPattern, expandText, expandWords } from "./expansion.ts";
import { matchesPattern } from "./patterns.ts";
import { runPipeline } from "./pipeline.ts";
import { redirect } from "./redirection.ts";
import { forEachInTurn, repeat } from "./repeat.ts";
import { type Assigned, assignFor, type ProgramStart, type Shell, type Streams } from "./state.ts";
import type { AndOr, Command, CompoundCommand, Script, SimpleCommand } from "./syntax.ts";

type Done = () => void;

/** Turns of a loop that took no time, until the rest of the world has its turn too. */
const [BUSY_TURNS, BUSY_PAUSE_MS] = [100, 1] as const;
const NOT_FOUND = 127;

/** Runs a script, one command after the other; `done` is called when it has ended or is left. */
export function runScript(shell: Shell, script: Script, streams: Streams, done: Done): void {
  forEachInTurn(
    script,
    (list, next) => {
      if (shell.leaving !== undefined) next();
      else if (list.background) {
        startJob(shell, list, streams);
        next();
      } else runAndOr(shell, list, streams, next);
    },
    done,
  );
}

function runAndOr(shell: Shell, list: AndOr, streams: Streams, done: Done): void {
  const last = list.steps.at(-1);
  forEachInTurn(
    list.steps,
    ({ when, pipeline }, next) => {
      const skipped = (when === "&&" && shell.code !== 0) || (when === "||" && shell.code === 0);
      if (skipped || shell.leaving !== undefined) {
        next();
        return;
      }
      // What is asked after may fail.
      const tested = pipeline.negated || pipeline !== last?.pipeline;
      if (tested) shell.tested++;
      runPipeline(shell, pipeline, { streams, runCommand }, () => {
        if (tested) shell.tested--;
        if (pipeline.negated) shell.code = shell.code === 0 ? 1 : 0;
        else if (shell.code !== 0 && !tested && shell.options.errexit && shell.tested === 0)
          shell.leaving ??= { kind: "exit" };
        next();
      });
    },
    done,
  );
}

/** Runs a list beside the shell; it reads nothing. */
function startJob(shell: Shell, list: AndOr, streams: Streams): void {
  const inner = shell.fork();
  const job: Shell["jobs"][number] = {
    id: shell.process.newPid(),
    code: undefined,
    waiting: [],
    kill: () => {
      inner.leaving = { kind: "exit" };
      inner.code = 143;
      inner.killCurrent?.();
    },
  };
  shell.jobs.push(job);
  shell.lastJob = job.id;
  shell.code = 0;
  runAndOr(inner, { ...list, background: false }, streams, () => {
    job.code = inner.code;
    for (const wake of job.waiting.splice(0)) wake();
  });
}

/** Runs one command of any kind. */
function runCommand(shell: Shell, command: Command, streams: Streams, done: Done): void {
  if (command.kind === "simple") runSimple(shell, command, streams, done);
  else if (command.kind === "function") {
    shell.functions.set(command.name, command.body);
    shell.code = 0;
    done();
  } else
    redirect(shell, command.redirects, streams, (redirected) => {
      if (redirected === undefined) done();
      else runCompound(shell, command, redirected, done);
    });
}

function runCompound(shell: Shell, command: CompoundCommand, streams: Streams, done: Done): void {
  switch (command.kind) {
    case "group":
      runScript(shell, command.body, streams, done);
      return;
    case "subshell":
      runForked(shell, command.body, streams, done);
      return;
    case "if":
      runBranches(shell, command, streams, done);
      return;
    case "loop":
      runLoop(shell, command, streams, done);
      return;
    case "for":
      expandWords(shell, command.words ?? [], (values) => {
        if (values === undefined) done();
        else runFor(shell, { command, values: command.words === undefined ? shell.positional : values }, streams, done);
      });
      return;
    case "case":
      runCase(shell, command, streams, done);
  }
}

function runForked(shell: Shell, body: Script, streams: Streams, done: Done): void {
  const inner = shell.fork();
  const before = shell.killCurrent;
  shell.killCurrent = () => {
    inner.leaving = { kind: "exit" };
    inner.killCurrent?.();
  };
  runScript(inner, body, streams, () => {
    shell.killCurrent = before;
    shell.code = inner.code;
    done();
  });
}

/** Runs what decides something: its failure is no error. */
function runTest(shell: Shell, test: Script, streams: Streams, done: (holds: boolean) => void): void {
  shell.tested++;
  runScript(shell, test, streams, () => {
    shell.tested--;
    done(shell.code === 0);
  });
}

function runBranches(
  shell: Shell,
  command: Extract<CompoundCommand, { kind: "if" }>,
  streams: Streams,
  done: Done,
  from = 0,
): void {
  const branch = command.branches[from];
  if (branch === undefined) {
    shell.code = 0;
    runScript(shell, command.otherwise, streams, done);
    return;
  }
  runTest(shell, branch.test, streams, (holds) => {
    if (shell.leaving !== undefined) done();
    else if (holds) runScript(shell, branch.body, streams, done);
    else runBranches(shell, command, streams, done, from + 1);
  });
}

/** Whether a loop goes on after what its body or test said. */
function goesOn(shell: Shell): boolean {
  const { leaving } = shell;
  if (leaving === undefined) return true;
  if (!("loops" in leaving)) return false;
  const { kind, loops } = leaving;
  // Leaving an outer loop goes on there.
  shell.leaving = loops > 1 ? { kind, loops: loops - 1 } : undefined;
  return kind === "continue" && loops === 1;
}

function runLoop(
  shell: Shell,
  command: Extract<CompoundCommand, { kind: "loop" }>,
  streams: Streams,
  done: Done,
): void {
  const { clock } = shell.process;
  let sinceMs = clock.nowMs();
  let turns = 0;
  let code = 0;
  shell.loops++;
  const end = (): void => {
    shell.loops--;
    shell.code = shell.leaving === undefined ? code : shell.code;
    done();
  };
  repeat((again) => {
    if (clock.nowMs() > sinceMs) {
      sinceMs = clock.nowMs();
      turns = 0;
    }
    runTest(shell, command.test, streams, (holds) => {
      if (!goesOn(shell) || holds === command.until) {
        end();
        return;
      }
      runScript(shell, command.body, streams, () => {
        code = shell.code;
        if (!goesOn(shell)) end();
        else if (++turns < BUSY_TURNS) again();
        else shell.process.after(BUSY_PAUSE_MS, again);
      });
    });
  });
}

function runFor(
  shell: Shell,
  loop: { readonly command: Extract<CompoundCommand, { kind: "for" }>; readonly values: readonly string[] },
  streams: Streams,
  done: Done,
): void {
  let stopped = false;
  shell.loops++;
  shell.code = 0;
  forEachInTurn(
    loop.values,
    (value, next) => {
      if (stopped || shell.leaving !== undefined) {
        next();
        return;
      }
      shell.assign(loop.command.name, value);
      runScript(shell, loop.command.body, streams, () => {
        stopped = !goesOn(shell);
        next();
      });
    },
    () => {
      shell.loops--;
      done();
    },
  );
}

function runCase(
  shell: Shell,
  command: Extract<CompoundCommand, { kind: "case" }>,
  streams: Streams,
  done: Done,
): void {
  expandText(shell, command.word, (text) => {
    if (text === undefined) {
      done();
      return;
    }
    const patterns = command.items.flatMap(({ patterns: several, body }) => several.map((word) => ({ word, body })));
    let found: Script | undefined;
    forEachInTurn(
      patterns,
      ({ word, body }, next) => {
        if (found !== undefined) next();
        else
          expandPattern(shell, word, (pattern) => {
            if (pattern !== undefined && matchesPattern(pattern, text)) found = body;
            next();
          });
      },
      () => {
        shell.code = 0;
        runScript(shell, found ?? [], streams, done);
      },
    );
  });
}

function runSimple(shell: Shell, command: SimpleCommand, streams: Streams, done: Done): void {
  const outer = shell.streams;
  const end = (): void => {
    shell.streams = outer;
    done();
  };
  shell.streams = streams;
  expandWords(shell, command.words, (argv) => {
    if (argv === undefined) {
      end();
      return;
    }
    expandAssignments(shell, command, (assignments) => {
      if (assignments === undefined) {
        end();
        return;
      }
      redirect(shell, command.redirects, streams, (redirected) => {
        if (redirected === undefined) end();
        else
          execute(shell, { argv, assignments, streams: redirected, outer: streams, redirects: command.redirects }, end);
      });
    });
  });
}

function expandAssignments(shell: Shell, command: SimpleCommand, done: (assigned: Assigned | undefined) => void): void {
  const assigned: (readonly [string, string])[] = [];
  let failed = false;
  // An assignment's command decides the code of a line that has no other.
  if (command.words.length === 0) shell.code = 0;
  forEachInTurn(
    command.assignments,
    ({ name, value, appends }, next) =>
      expandText(shell, value, (text) => {
        if (text === undefined) failed = true;
        else {
          const whole = appends ? `${shell.parameter(name) ?? ""}${text}` : text;
          assigned.push([name, whole]);
          if (command.words.length === 0) {
            const problem = shell.assign(name, whole);
            if (problem !== undefined) shell.fail(problem);
          }
        }
        next();
      }),
    () => done(failed ? undefined : assigned),
  );
}

export type Execution = {
  readonly argv: readonly string[];
  readonly assignments: Assigned;
  readonly streams: Streams;
  /** Those from before its own redirections, where it is traced. */
  readonly outer: Streams;
  readonly redirects: SimpleCommand["redirects"];
};

/** A function, a built-in command or a program, in this order. */
function execute(shell: Shell, execution: Execution, done: Done): void {
  const { argv, assignments, streams, outer } = execution;
  const [name] = argv;
  if (name === undefined) {
    done();
    return;
  }
  if (shell.options.xtrace) outer.output.stderr(`+ ${argv.join(" ")}\n`);
  shell.streams = streams;
  const body = shell.functions.get(name);
  if (body === undefined && !isBuiltin(name)) {
    runProgram(shell, argv, { assignments, streams }, done);
    return;
  }
  const restore = assignFor(shell, assignments);
  const end = (): void => {
    restore();
    done();
  };
  if (body !== undefined) runFunction(shell, { body, argv }, streams, end);
  else runBuiltin(shell, execution, end);
}

function runFunction(
  shell: Shell,
  call: { readonly body: Command; readonly argv: readonly string[] },
  streams: Streams,
  done: Done,
): void {
  const leave = shell.enterFunction(call.argv.slice(1));
  runCommand(shell, call.body, streams, () => {
    if (shell.leaving?.kind === "return") shell.leaving = undefined;
    leave();
    done();
  });
}

/** Runs a program of the container as a child. */
export function runProgram(shell: Shell, argv: readonly string[], how: ProgramStart, done: Done): void {
  const { streams } = how;
  const before = shell.killCurrent;
  const [name = ""] = argv;
  const input = streams.input ?? shell.own.input;
  const child = shell.process.spawn(
    argv,
    {
      output: streams.output,
      environment: shell.environment(how.assignments),
      directory: shell.directory,
      ...(input === undefined ? {} : { input }),
    },
    (code) => {
      shell.killCurrent = before;
      shell.code = code;
      done();
    },
  );
  if (child === undefined) {
    streams.output.stderr(`${shell.name}: ${name}: not found\n`);
    shell.code = NOT_FOUND;
    done();
  } else if (child.alive) shell.killCurrent = () => child.kill();
}
