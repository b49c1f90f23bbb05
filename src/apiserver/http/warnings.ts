/** Characters of all warnings of an answer together; those of each once they would be more. */
const ALL_MAX = 4096;
const EACH_MAX = 256;

/**
 * Warnings as headers: RFC 7234 5.5 as Kubernetes uses it, with code 299 and no agent, each text once
 * (`k8s.io/apiserver/pkg/endpoints/filters.WithWarningRecorder`). Header values are bytes: what is no ASCII goes as UTF-8.
 */
export function warningHeaders(texts: readonly string[]): readonly string[] {
  const sayable = [...new Set(texts)].filter((text) => text !== "" && !CONTROLS.test(text));
  const runes = sayable.map((text) => [...text]);
  const total = runes.reduce((sum, text) => sum + text.length, 0);
  if (total <= ALL_MAX) return sayable.map(header);
  let written = 0;
  const headers: string[] = [];
  for (const text of runes) {
    const short = text.slice(0, EACH_MAX);
    headers.push(header(short.join("")));
    written += short.length;
    if (written >= ALL_MAX) break;
  }
  return headers;
}

const CONTROLS = /\p{Cc}/u;

function header(text: string): string {
  return `299 - "${Buffer.from(text).toString("latin1").replace(/["\\]/g, "\\$&")}"`;
}
