import { compareText, fnv1a32, Heap } from "../../std/index.ts";

export type Party = { readonly name: string; readonly seats: number };

/** Which of two parties with equal priority and equal seats is first: by name, up or down. */
export type TieDirection = "ascending" | "descending";

type Apportionment = {
  readonly seats: number;
  readonly votes: ReadonlyMap<string, number>;
  /** Seats parties hold already; a party named only here keeps them and has no votes. */
  readonly initialSeats?: ReadonlyMap<string, number>;
  readonly ties?: TieDirection;
};

type Entry = { readonly name: string; readonly votes: number; seats: number; priority: number };

/**
 * Webster's (Sainte-Laguë's) method: every seat goes to the party with the most votes per `2 * seats + 1`. The result is
 * sorted by name. Karmada divides replicas so (`pkg/util/helper/webstermethod.go`), in 64-bit floating point, as we do.
 */
export function allocateWebsterSeats(apportionment: Apportionment): readonly Party[] {
  const entries = entriesOf(apportionment);
  if (entries.length === 0) return [];
  const upward = apportionment.ties !== "descending";
  const heap = new Heap<Entry>((left, right) => {
    if (left.priority !== right.priority) return left.priority > right.priority;
    if (left.seats !== right.seats) return left.seats < right.seats;
    return upward ? left.name < right.name : left.name > right.name;
  });
  for (const entry of entries) heap.push(entry);
  for (let remaining = apportionment.seats; remaining > 0; remaining--) {
    const winner = heap.pop() as Entry;
    winner.seats++;
    winner.priority = priorityOf(winner.votes, winner.seats);
    heap.push(winner);
  }
  return entries.map(({ name, seats }) => ({ name, seats })).sort((left, right) => compareText(left.name, right.name));
}

/** Karmada breaks ties by the parity of a hash of the template's UID, so that not every template favours the same cluster. */
export function tieDirection(uid: string | undefined): TieDirection {
  return uid !== undefined && uid !== "" && fnv1a32(uid) % 2 === 1 ? "descending" : "ascending";
}

function entriesOf({ votes, initialSeats }: Apportionment): Entry[] {
  const names = new Set([...votes.keys(), ...(initialSeats?.keys() ?? [])]);
  return [...names].map((name) => {
    const seats = initialSeats?.get(name) ?? 0;
    const partyVotes = votes.get(name) ?? 0;
    return { name, votes: partyVotes, seats, priority: priorityOf(partyVotes, seats) };
  });
}

function priorityOf(votes: number, seats: number): number {
  return votes / (2 * seats + 1);
}
