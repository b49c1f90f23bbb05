/** Splits an absolute name into labels, each a string of bytes (latin1): `a\.b.c.` is ["a.b", "c"]. The root is []. */
export function labelsOf(name: string): string[] {
  const bare = ROOTED.test(name) ? name.slice(0, -1) : name;
  if (bare === "") return [];
  return bare.includes("\\") ? escapedLabels(bare) : bare.split(".");
}

/** Writes labels as an absolute name; bytes that are no plain letters are escaped as `\.` or `\DDD`. */
export function nameOf(labels: readonly string[]): string {
  let name = "";
  for (const label of labels) name += `${PLAIN.test(label) ? label : escapeLabel(label)}.`;
  return name === "" ? "." : name;
}

/** Lower-cases ASCII letters only, as DNS compares names (RFC 4343). */
export function lowerLabel(label: string): string {
  return PLAIN.test(label) ? label.toLowerCase() : label.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Whether a name fits the wire: labels of 1 to 63 bytes, 255 in all. */
export function isWireName(name: string): boolean {
  const labels = labelsOf(name);
  return (
    labels.every((label) => label.length > 0 && label.length < 64) &&
    labels.reduce((sum, label) => sum + label.length + 1, 1) <= 255
  );
}

/** Ends in a dot that no backslash escapes. */
const ROOTED = /(?<!\\)(?:\\\\)*\.$/;
const PLAIN = /^[\w-]*$/;

function escapeLabel(label: string): string {
  return label.replace(/[^\x21-\x7e]|[."\\();@$]/g, (char) =>
    char >= "!" && char <= "~" ? `\\${char}` : `\\${String(char.charCodeAt(0)).padStart(3, "0")}`,
  );
}

function escapedLabels(name: string): string[] {
  const labels: string[] = [];
  let label = "";
  for (let index = 0; index < name.length; index++) {
    const char = name[index] as string;
    if (char === ".") {
      labels.push(label);
      label = "";
    } else if (char !== "\\") label += char;
    else if (/^\d{3}$/.test(name.slice(index + 1, index + 4))) {
      label += String.fromCharCode(Number(name.slice(index + 1, index + 4)) & 0xff);
      index += 3;
    } else label += name[++index] ?? "";
  }
  return [...labels, label];
}
