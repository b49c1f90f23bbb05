/** A process as others in its container see it. */
export interface ListedProcess {
  readonly pid: number;
  readonly argv: readonly string[];
  /** False when the process ignores the signal. */
  signal(name: string): boolean;
}

/** The processes of a container and the ports they listen at; the first is number 1. */
export class ProcessTable {
  readonly #processes = new Map<number, ListedProcess>();
  readonly #ports = new Set<string>();
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

  /** Notes a port, `8080/TCP`, until the returned function is called. */
  listens(port: string): () => void {
    this.#ports.add(port);
    return () => this.#ports.delete(port);
  }

  ports(): readonly string[] {
    return [...this.#ports].sort();
  }
}
