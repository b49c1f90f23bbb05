/** Makes the text of a file when it is read; `undefined` when there is none. */
export type FileMaker = () => string | undefined;

/** The files of a container. Most are texts; tokens are made when somebody reads them, as most are never read. */
export class ContainerFiles extends Map<string, string> {
  readonly #makers = new Map<string, FileMaker>();

  make(path: string, maker: FileMaker): void {
    this.set(path, "");
    this.#makers.set(path, maker);
  }

  override get(path: string): string | undefined {
    const maker = this.#makers.get(path);
    return maker === undefined ? super.get(path) : maker();
  }

  /** Becomes what another is, in place. */
  follow(other: ContainerFiles): void {
    for (const [path, text] of other) this.set(path, text);
    for (const path of [...this.keys()]) if (!other.has(path)) this.delete(path);
    this.#makers.clear();
    for (const [path, maker] of other.#makers) this.#makers.set(path, maker);
  }
}
