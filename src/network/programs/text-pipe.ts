/** Text on its way from one process to another: kept until somebody reads it, and read by one at a time. */
export class TextPipe {
  #pending = "";
  #closed = false;
  #broken = false;
  #reader: ((text: string | undefined) => void) | undefined;
  #onBreak: (() => void) | undefined;

  /** A pipe with everything in it already. */
  static of(text: string): TextPipe {
    const pipe = new TextPipe();
    pipe.write(text);
    pipe.close();
    return pipe;
  }

  write(text: string): void {
    if (this.#closed || this.#broken || text === "") return;
    if (this.#reader === undefined) this.#pending += text;
    else this.#reader(text);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader?.(undefined);
  }

  /** Nobody will read any more: whoever writes is told. */
  break(): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#pending = "";
    this.#onBreak?.();
  }

  onBreak(run: () => void): void {
    this.#onBreak = run;
  }

  /** Hands everything to a reader as it comes, `undefined` at the end, until the returned function is called. */
  read(onText: (text: string | undefined) => void): () => void {
    this.#reader = onText;
    const pending = this.#pending;
    this.#pending = "";
    if (pending !== "") onText(pending);
    if (this.#closed && this.#reader === onText) onText(undefined);
    return () => {
      if (this.#reader === onText) this.#reader = undefined;
    };
  }

  /** One line without its end; at the end of the text what is left of it, `undefined` when that is nothing. */
  readLine(onLine: (line: string | undefined, hasEnd: boolean) => void): void {
    let line = "";
    const take = (text: string | undefined): void => {
      if (this.#reader !== take) {
        this.#pending += text ?? "";
        return;
      }
      const end = text?.indexOf("\n") ?? -1;
      if (text !== undefined && end < 0) {
        line += text;
        return;
      }
      this.#reader = undefined;
      if (text === undefined) onLine(line === "" ? undefined : line, false);
      else {
        this.#pending = text.slice(end + 1) + this.#pending;
        onLine(line + text.slice(0, end), true);
      }
    };
    this.read(take);
  }
}
