/** One piece of output, as it was written. */
export type LogPiece = { readonly atMs: number; readonly stream: "stdout" | "stderr"; readonly text: string };

/** Output kept per container, in characters; the oldest lines go first. */
const KEPT_CHARACTERS = 262_144;

/** What a container has written, bounded, with those who follow it. */
export class ContainerLog {
  #pieces: LogPiece[] = [];
  #length = 0;
  #ended = false;
  readonly #followers = new Set<LogFollower>();

  get pieces(): readonly LogPiece[] {
    return this.#pieces;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** All that is kept, as one text. */
  get text(): string {
    return this.#pieces.map((piece) => piece.text).join("");
  }

  append(piece: LogPiece): void {
    this.#pieces.push(piece);
    this.#length += piece.text.length;
    let gone = 0;
    while (this.#length > KEPT_CHARACTERS && gone < this.#pieces.length - 1)
      this.#length -= (this.#pieces[gone++] as LogPiece).text.length;
    if (gone > 0) this.#pieces = this.#pieces.slice(gone);
    for (const follower of this.#followers) follower.onPiece(piece);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const follower of this.#followers) follower.onEnd();
    this.#followers.clear();
  }

  /** Tells of every further piece, and of the end; until the returned function is called. */
  follow(follower: LogFollower): () => void {
    if (this.#ended) follower.onEnd();
    else this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

export interface LogFollower {
  onPiece(piece: LogPiece): void;
  onEnd(): void;
}
