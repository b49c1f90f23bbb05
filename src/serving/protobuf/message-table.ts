import { CORE_MESSAGES, META_MESSAGES } from "./core-messages.ts";
import { GROUP_MESSAGES } from "./group-messages.ts";

/** The name of a field that stands for its message: what is a message on the wire is this field's value in JSON. */
export const WHOLE = "=";

/** A field of a message: where its value goes in JSON, and what it is. */
export type MessageField = {
  /** Absent for a message whose fields belong to the one around it. */
  readonly name: string | undefined;
  readonly shape: "single" | "list" | "map";
  /** A scalar of lower-case name, else the key of a message in the table. */
  readonly type: string;
  /** Whether a zero value is told, as Go's encoder tells it of pointers and of fields that are not `omitempty`. */
  readonly zeroKept: boolean;
};

/** The fields of one message by number. */
export type Message = ReadonlyMap<number, MessageField>;

const META = "meta.k8s.io/v1";
const PREFIXES: Readonly<Record<string, string>> = { core: "v1", meta: META };

/** Finds messages by apiVersion and name; a line of the table is read when its message is first asked for. */
export class MessageTable {
  readonly #lines: ReadonlyMap<string, string>;
  readonly #messages = new Map<string, Message>();

  constructor() {
    const sources = Object.entries({ ...GROUP_MESSAGES, v1: CORE_MESSAGES, [META]: META_MESSAGES });
    this.#lines = new Map(sources.flatMap(([apiVersion, text]) => linesOf(apiVersion, text)));
  }

  /** The key of a kind's message. DeleteOptions and their like are known in every version. */
  keyOf(apiVersion: string, kind: string): string | undefined {
    return [`${apiVersion}.${kind}`, `${META}.${kind}`].find((key) => this.#lines.has(key));
  }

  message(key: string): Message {
    let message = this.#messages.get(key);
    if (message === undefined) {
      const line = this.#lines.get(key);
      if (line === undefined) throw new Error(`the message ${key} is not known`);
      message = messageOf(line, key.slice(0, key.lastIndexOf(".")));
      this.#messages.set(key, message);
    }
    return message;
  }
}

function linesOf(apiVersion: string, text: string): (readonly [string, string])[] {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const colon = line.indexOf(":");
      return [`${apiVersion}.${line.slice(0, colon)}`, line.slice(colon + 1).trim()] as const;
    });
}

function messageOf(line: string, apiVersion: string): Message {
  const fields = new Map<number, MessageField>();
  if (line === "") return fields;
  for (const column of line.split(", ")) {
    const [number = "", name = "", stated = ""] = column.split(" ");
    const shape = stated.startsWith("[") ? "list" : stated.startsWith("{") ? "map" : "single";
    const type = stated.replace(/[[\]{}!]/g, "");
    fields.set(Number(number), {
      name: name === "-" ? undefined : name,
      shape,
      type: typeKey(type, apiVersion),
      zeroKept: stated.endsWith("!"),
    });
  }
  return fields;
}

/** Scalars begin in lower case and have no prefix; a message without a prefix is of the group it is met in. */
function typeKey(type: string, apiVersion: string): string {
  const dot = type.indexOf(".");
  if (dot >= 0) return `${PREFIXES[type.slice(0, dot)]}.${type.slice(dot + 1)}`;
  return /^[a-z]/.test(type) ? type : `${apiVersion}.${type}`;
}
