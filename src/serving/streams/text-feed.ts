import { textOfBytes, unfinishedBytes } from "../../std/index.ts";

/** Turns bytes that come in pieces into text; a character cut in two waits for its rest. */
export interface TextFeed {
  take(bytes: Uint8Array): string;
  /** What never became a character. */
  end(): string;
}

export function createTextFeed(): TextFeed {
  let rest: Uint8Array = new Uint8Array();
  return {
    take: (bytes) => {
      const whole = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const cut = whole.length - unfinishedBytes(whole);
      rest = whole.slice(cut);
      return textOfBytes(whole.subarray(0, cut));
    },
    end: () => {
      const text = textOfBytes(rest);
      rest = new Uint8Array();
      return text;
    },
  };
}
