import { statusErrors, type Unstructured } from "../apimachinery/index.ts";
import type { Answer } from "./request.ts";
import { Journal, Suspended } from "./suspension.ts";

/** An object that others keep changing while webhooks are asked about it is given up in the end. */
const ATTEMPTS_MAX = 100;

/** Serves a request once; gives the suspension it runs into instead of an answer. */
export type Attempt<T = Unstructured> = (journal: Journal | undefined) => Answer<T> | Suspended;

/** Serves a request to its end: at once, unless it has to wait for something outside the process. */
export function serveToEnd<T = Unstructured>(
  attempt: Attempt<T>,
  newUid: () => string,
  onAnswer: (answer: Answer<T>) => void,
): void {
  const first = attempt(undefined);
  if (!(first instanceof Suspended)) {
    onAnswer(first);
    return;
  }
  // The first attempt kept no journal, as most need none: it is made again with one.
  const journal = new Journal(newUid);
  const go = (): void => {
    journal.restart();
    const outcome = attempt(journal);
    if (!(outcome instanceof Suspended)) {
      onAnswer(outcome);
      return;
    }
    if (journal.attempts > ATTEMPTS_MAX) {
      onAnswer({
        ok: false,
        status: statusErrors.internal(`${outcome.message}: given up after ${ATTEMPTS_MAX} attempts`).status,
      });
      return;
    }
    outcome.start((failed) => (failed === undefined ? go() : onAnswer({ ok: false, status: failed.status })));
  };
  go();
}

/** The answer for those who cannot wait for one. */
export function cannotWait(suspended: Suspended): Answer {
  return { ok: false, status: statusErrors.internal(`${suspended.message}, and this caller cannot wait`).status };
}
