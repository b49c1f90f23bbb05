/** Where in a Corefile something stands. */
export type Place = { readonly file: string; readonly line: number };

/** What is wrong with a Corefile, in the words CoreDNS ends with. Thrown while one is read, and caught at {@link loadCorefile}'s door. */
export class ConfigError extends Error {}

/** `/etc/coredns/Corefile:5 - Error during parsing: …` (`caddyfile.Dispenser.Err`). */
export function parseError(at: Place, message: string): ConfigError {
  return new ConfigError(`${at.file}:${at.line} - Error during parsing: ${message}`);
}

/** One argument too many or too few; `word` is the last one read. */
export function wrongCount(at: Place, word: string): ConfigError {
  return parseError(at, `Wrong argument count or unexpected line ending after '${word}'`);
}
