import { textOfBytes } from "../../std/index.ts";

/** The text a base64 value of a Secret or ConfigMap stands for; bytes that are no text are kept (see {@link textOfBytes}). */
export function decodeBase64(value: string): string {
  return textOfBytes(Buffer.from(value, "base64"));
}
