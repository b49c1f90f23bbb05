import type { Container } from "../../api/index.ts";
import type { FileSystem } from "../programs/program.ts";
import type { ContainerLog } from "./container-log.ts";

const MESSAGE_MAX = 4096;
const LOG_MAX = 2048;
const LOG_LINES_MAX = 80;

/** What a container leaves to be read of its end: what it wrote to the file for that, or its last words if it failed and they count. */
export function terminationMessage(
  { terminationMessagePath = "/dev/termination-log", terminationMessagePolicy }: Container,
  end: { readonly code: number; readonly files: FileSystem; readonly log: ContainerLog },
): string | undefined {
  const written = end.files.read(terminationMessagePath) ?? "";
  if (written !== "") return written.slice(0, MESSAGE_MAX);
  if (terminationMessagePolicy !== "FallbackToLogsOnError" || end.code === 0) return undefined;
  const lines = end.log.text.split(/(?<=\n)/).slice(-LOG_LINES_MAX);
  return lines.join("").slice(-LOG_MAX) || undefined;
}
