/** A process as others in its container see it. */
export interface ListedProcess {
  readonly pid: number;
  readonly argv: readonly string[];
  /** False when the process ignores the signal. */
  signal(name: string): boolean;
}

/** The processes of a container; the first is number 1. */
export class ProcessTable {
  readonly #processes = new Map<number, ListedProcess>();
  #lastPid = 0;

  nextPid(): number {
    return ++this.#lastPid;
  }

  add(process: ListedProcess): void {
    this.#processes.set(process.pid, process);
  }

  remove(pid: number): void {
    this.#processes.delete(pid);
  }

  all(): readonly ListedProcess[] {
    return [...this.#processes.values()].sort((left, right) => left.pid - right.pid);
  }

  get(pid: number): ListedProcess | undefined {
    return this.#processes.get(pid);
  }
}
