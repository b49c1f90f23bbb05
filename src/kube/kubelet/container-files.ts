/** Makes the text of a file when it is read; `undefined` when there is none. */
export type FileMaker = () => string | undefined;

/** The files of a container. Most are texts; tokens are made when somebody reads them, as most are never read. */
export class ContainerFiles extends Map<string, string> {
  readonly #makers = new Map<string, FileMaker>();
  readonly #kept = new Set<string>();

  make(path: string, maker: FileMaker): void {
    this.set(path, "");
    this.#makers.set(path, maker);
  }

  /** The file stays as it is now: a part of a volume that is mounted alone does not follow the volume. */
  keep(path: string): void {
    this.#kept.add(path);
  }

  override get(path: string): string | undefined {
    const maker = this.#makers.get(path);
    return maker === undefined ? super.get(path) : maker();
  }

  /** Becomes what another is, in place, but for what is kept. */
  follow(other: ContainerFiles): void {
    const moves = (path: string): boolean => !this.#kept.has(path) && !other.#kept.has(path);
    for (const path of [...this.keys()].filter(moves)) {
      this.delete(path);
      this.#makers.delete(path);
    }
    for (const [path, text] of other) if (moves(path)) this.set(path, text);
    for (const [path, maker] of other.#makers) if (moves(path)) this.#makers.set(path, maker);
  }
}
