import type { Place } from "./config-error.ts";

/** A word of a Corefile. A quoted one may span lines. */
export type Token = Place & { readonly text: string };

/** Cuts a Corefile into words as caddy's lexer does: blanks part them, `"…"` holds them together, `#` ends the line. */
export function corefileTokens(file: string, text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    const char = text[at] as string;
    if (char === "\n") line++;
    if (/\s/.test(char)) at++;
    else if (char === "#") at = endOfLine(text, at);
    else if (char === '"') {
      const quoted = readQuoted(text, at + 1);
      tokens.push({ file, line, text: quoted.text });
      line += quoted.text.split("\n").length - 1;
      at = quoted.next;
    } else {
      const word = readWord(text, at);
      if (word.text !== "") tokens.push({ file, line, text: word.text });
      at = word.next;
    }
  }
  return tokens;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** Only the quote itself can be escaped. */
function readQuoted(text: string, from: number): { readonly text: string; readonly next: number } {
  let value = "";
  for (let at = from; at < text.length; at++) {
    const char = text[at] as string;
    if (char === '"') return { text: value, next: at + 1 };
    if (char === "\\" && text[at + 1] === '"') at++;
    value += text[at] as string;
  }
  return { text: value, next: text.length };
}

/** A `#` inside a word starts a comment too, and ends the word. */
function readWord(text: string, from: number): { readonly text: string; readonly next: number } {
  let at = from;
  while (at < text.length && !/[\s#]/.test(text[at] as string)) at++;
  return { text: text.slice(from, at), next: at };
}
