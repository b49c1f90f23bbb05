type Read = (text: string | undefined) => void;

/** What is written to a process, kept until it reads; a child that shares it reads first while it lives. */
export class ProcessInput {
  readonly #isAlive: () => boolean;
  #pending: string[] = [];
  #closed = false;
  #heir: ProcessInput | undefined;
  #read: Read | undefined;

  constructor(isAlive: () => boolean) {
    this.#isAlive = isAlive;
  }

  write(text: string): void {
    if (!this.#isAlive() || this.#closed || text === "") return;
    if (this.#heir !== undefined) this.#heir.write(text);
    else if (this.#read === undefined) this.#pending.push(text);
    else this.#read(text);
  }

  close(): void {
    if (!this.#isAlive() || this.#closed) return;
    this.#closed = true;
    if (this.#heir !== undefined) this.#heir.close();
    else this.#read?.(undefined);
  }

  /** What Ctrl-D at a terminal does: whoever reads at present finds an end, and the input stays open. */
  endText(): void {
    if (this.#heir !== undefined) this.#heir.endText();
    else this.close();
  }

  read(read: Read): void {
    this.#read = read;
    this.#flush();
  }

  shareWith(child: ProcessInput): void {
    child.#pending = this.#pending;
    child.#closed = this.#closed;
    this.#pending = [];
    this.#heir = child;
  }

  /** What a child left unread is read by the next. */
  takeBack(child: ProcessInput): void {
    if (this.#heir !== child) return;
    this.#heir = undefined;
    this.#pending = child.#pending;
    if (this.#read !== undefined) this.#flush();
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const text of pending) if (this.#isAlive()) this.#read?.(text);
    if (this.#closed && this.#isAlive()) this.#read?.(undefined);
  }
}

/** Makes of a reader of lines one of texts, however they are cut; what stands after the last line's end is a line too. */
export function eachLine(read: (line: string | undefined) => void): (text: string | undefined) => void {
  let partial = "";
  return (text) => {
    if (text === undefined) {
      if (partial !== "") read(partial);
      partial = "";
      read(undefined);
      return;
    }
    const lines = (partial + text).split("\n");
    partial = lines.pop() ?? "";
    for (const line of lines) read(line);
  };
}
