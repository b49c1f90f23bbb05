import {
  durationArgument,
  ExpectationError,
  matchesText,
  memberOf,
  type Run,
  recordArgument,
  textArgument,
} from "./operation.ts";

/** Asks a member's DNS server, and shows the answer as dig prints it. */
export const dig: Run = async (operation, world) => {
  const name = textArgument(operation, "name") ?? "";
  const type = textArgument(operation, "type") ?? "A";
  const answer = await memberOf(operation, world).dig(name, type);
  const expected = recordArgument(operation, "expect") ?? {};
  const complaints = [
    typeof expected.status === "string" && expected.status !== answer.status
      ? `status ${expected.status}, got ${answer.status}`
      : "",
    typeof expected.count === "number" && expected.count !== answer.answers.length
      ? `${expected.count} answers, got ${answer.answers.length}`
      : "",
    ...(Array.isArray(expected.answers)
      ? (expected.answers as string[]).map((data) =>
          answer.answers.some((record) => record.data === data) ? "" : `an answer ${data}`,
        )
      : []),
  ].filter((complaint) => complaint !== "");
  if (complaints.length > 0)
    throw new ExpectationError(
      `dig ${name} ${type} in ${operation.cluster}: expected ${complaints.join(" and ")}`,
      answer.text,
    );
  return operation.args.short === true
    ? answer.answers.map((record) => record.data)
    : answer.text.trimEnd().split("\n");
};

/** Sends HTTP requests from a pod (or from outside every pod), and shows the bodies. */
export const request: Run = async (operation, world) => {
  const url = textArgument(operation, "url") ?? "";
  const times = typeof operation.args.times === "number" ? operation.args.times : 1;
  const pod = textArgument(operation, "pod");
  const from =
    pod === undefined ? undefined : { namespace: textArgument(operation, "namespace") ?? "default", name: pod };
  const expected = recordArgument(operation, "expect") ?? {};
  const shown: string[] = [];
  for (let turn = 0; turn < times; turn++) {
    if (turn > 0) await world.advanceMs(durationArgument(operation, "every", 1000));
    const answer = await memberOf(operation, world).request(from, url);
    const text = answer.ok ? answer.body : answer.error;
    const complaint = responseComplaint(answer, expected);
    if (complaint !== undefined)
      throw new ExpectationError(`GET ${url} from ${operation.cluster}: expected ${complaint}`, text);
    shown.push(text);
  }
  return shown;
};

type HttpOutcome =
  | { readonly ok: true; readonly status: number; readonly body: string }
  | { readonly ok: false; readonly error: string };

function responseComplaint(answer: HttpOutcome, expected: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof expected.error === "string") {
    if (answer.ok) return `the error "${expected.error}", got status ${answer.status}`;
    return answer.error.includes(expected.error) ? undefined : `the error "${expected.error}"`;
  }
  if (!answer.ok) return `an answer, got the error "${answer.error}"`;
  if (typeof expected.status === "number" && answer.status !== expected.status)
    return `status ${expected.status}, got ${answer.status}`;
  if (typeof expected.body === "string" && !matchesText(expected.body, answer.body))
    return `a body like ${expected.body}`;
  return undefined;
}

/** Runs a command in a pod's container, and shows its output. */
export const exec: Run = async (operation, world) => {
  const command = (operation.args.command as readonly string[] | undefined) ?? [];
  const pod = {
    namespace: textArgument(operation, "namespace") ?? "default",
    name: textArgument(operation, "pod") ?? "",
  };
  const result = await memberOf(operation, world).exec(pod, command, textArgument(operation, "container"));
  const complaint = outcomeComplaint(result, recordArgument(operation, "expect") ?? { exitCode: 0 });
  if (complaint !== undefined)
    throw new ExpectationError(
      `${command.join(" ")} in pod ${pod.name}: expected ${complaint}`,
      result.stdout + result.stderr,
    );
  return (result.stdout + result.stderr).trimEnd().split("\n");
};

/** What is wrong with a command's outcome; `undefined` when nothing is. */
export function outcomeComplaint(
  result: { readonly exitCode: number; readonly stdout: string; readonly stderr: string },
  expected: Readonly<Record<string, unknown>>,
): string | undefined {
  const code = typeof expected.exitCode === "number" ? expected.exitCode : 0;
  if (result.exitCode !== code) return `exit code ${code}, got ${result.exitCode}`;
  for (const stream of ["stdout", "stderr"] as const) {
    const pattern = expected[stream];
    if (typeof pattern === "string" && !matchesText(pattern, result[stream])) return `${stream} like ${pattern}`;
  }
  return undefined;
}
