import { spawn } from "node:child_process";
import { stringify } from "yaml";
import { outcomeComplaint } from "./network.ts";
import {
  clusterOf,
  DEFAULT_TIMEOUT_MS,
  durationArgument,
  ExpectationError,
  type Run,
  recordArgument,
  textArgument,
} from "./operation.ts";

/** Shows objects as `kubectl get` does. */
export const get: Run = async (operation, world) => {
  const cluster = clusterOf(operation, world);
  const resource = textArgument(operation, "resource") ?? "";
  const name = textArgument(operation, "name");
  const namespace = textArgument(operation, "namespace") ?? "default";
  const query = {
    ...(name === undefined ? {} : { name }),
    ...(operation.args.allNamespaces === true ? {} : { namespace }),
  };
  if (operation.args.output === "yaml")
    return stringify(await cluster.find(resource, query))
      .trimEnd()
      .split("\n");
  const text = await cluster.table(resource, { ...query, wide: operation.args.output === "wide" });
  return text.split("\n");
};

/** Runs a shell script against the served fleet; KUBECONFIG names the operation's cluster. */
export const script: Run = async (operation, world) => {
  const env = {
    ...process.env,
    ...(await world.serveForScripts(operation.cluster)),
    ...(recordArgument(operation, "env") as Record<string, string> | undefined),
  };
  const result = await runShell(
    textArgument(operation, "content") ?? "",
    env,
    durationArgument(operation, "timeout", DEFAULT_TIMEOUT_MS),
  );
  const complaint = outcomeComplaint(result, recordArgument(operation, "expect") ?? {});
  if (complaint !== undefined)
    throw new ExpectationError(`script: expected ${complaint}`, result.stdout + result.stderr);
  return (result.stdout + result.stderr).trimEnd().split("\n");
};

function runShell(
  content: string,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", content], { env, stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      output.stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      output.stderr += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ exitCode: code ?? (signal === null ? 1 : 124), ...output }));
  });
}
