/** The text a Secret's base64 value stands for. */
export function decodeBase64(value: string): string {
  return Buffer.from(value, "base64").toString("utf8");
}
