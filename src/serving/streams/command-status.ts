import { failure } from "../../apimachinery/index.ts";
import type { CommandEnd } from "./command.ts";

/** How a session's error channel speaks: plain text up to v3, a Status from v4 on. */
export type StatusForm = "text" | "status";

/** What the error channel carries at the end (`kubelet/pkg/cri/streaming/remotecommand`); nothing after a success in text. */
export function endBytes(end: CommandEnd, form: StatusForm): Buffer {
  if (form === "text") return Buffer.from(end.ok ? "" : errorText(end));
  return Buffer.from(JSON.stringify(endStatus(end)));
}

function endStatus(end: CommandEnd): object {
  if (end.ok) return { metadata: {}, status: "Success" };
  if ("error" in end) {
    const { message, reason, code } = failure("InternalError", `Internal error occurred: ${end.error}`);
    return { metadata: {}, status: "Failure", message, reason, details: { causes: [{ message: end.error }] }, code };
  }
  return {
    metadata: {},
    status: "Failure",
    message: errorText(end),
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(end.exitCode) }] },
  };
}

function errorText(end: Exclude<CommandEnd, { readonly ok: true }>): string {
  if ("error" in end) return end.error;
  return `command terminated with non-zero exit code: exit status ${end.exitCode}`;
}
