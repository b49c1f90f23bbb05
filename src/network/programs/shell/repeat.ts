/**
 * Calls `step` again whenever it says so: at once in a loop when it does before it returns, so that a long chain of commands
 * which take no time does not pile up calls.
 */
export function repeat(step: (again: () => void) => void): void {
  let running = false;
  let wanted = false;
  const again = (): void => {
    wanted = true;
    if (running) return;
    running = true;
    while (wanted) {
      wanted = false;
      step(again);
    }
    running = false;
  };
  again();
}

/** Does something for each item, one after the other, then `done`. */
export function forEachInTurn<T>(
  items: readonly T[],
  each: (item: T, next: () => void) => void,
  done: () => void,
): void {
  let index = 0;
  repeat((again) => {
    if (index >= items.length) {
      done();
      return;
    }
    each(items[index++] as T, again);
  });
}
