import { CONTROL_ESCAPES } from "../../../std/index.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  ...CONTROL_ESCAPES,
  "\\": "\\",
  "'": "'",
  '"': '"',
};
const LETTERS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ESCAPES).map(([letter, char]) => [char, letter]),
);

/** A text in double quotes, as Go's `%q` writes it. */
export function goQuoted(text: string): string {
  let quoted = "";
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (char !== "'" && LETTERS[char] !== undefined) quoted += `\\${LETTERS[char]}`;
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${code.toString(16).padStart(2, "0")}`;
    else quoted += char;
  }
  return `"${quoted}"`;
}

/** What a text or a character in quotes says (`strconv.Unquote`); `undefined` when an escape is none. */
export function unquote(quoted: string): string | undefined {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith("`")) return inner.replaceAll("\r", "");
  const other = quoted.startsWith('"') ? "'" : '"';
  let bad = false;
  const text = inner.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.?))/gs,
    (_, hex?: string, short?: string, long?: string, octal?: string, letter?: string) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10_ffff));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const plain = letter === other ? undefined : ESCAPES[letter as string];
      bad ||= plain === undefined;
      return plain ?? "";
    },
  );
  return bad ? undefined : text;
}
