import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocateWebsterSeats, tieDirection } from "../../../src/algorithms/apportion/webster.ts";

type Seats = Readonly<Record<string, number>>;

function seatsOf(votes: Seats, seats: number, initialSeats: Seats = {}): Seats {
  const parties = allocateWebsterSeats({
    seats,
    votes: new Map(Object.entries(votes)),
    initialSeats: new Map(Object.entries(initialSeats)),
  });
  return Object.fromEntries(parties.map((party) => [party.name, party.seats]));
}

/** `AAB` for two seats of A and one of B. */
function spelled(seats: Seats): string {
  return Object.keys(seats)
    .map((name) => name.repeat(seats[name] ?? 0))
    .join("");
}

describe("Webster's method gives the seats of upstream's tests", () => {
  const parliament = { A: 100_000, B: 80_000, C: 30_000, D: 20_000 };
  it.each([
    [1, "A"],
    [2, "AB"],
    [3, "AAB"],
    [4, "AABC"],
    [5, "AABBC"],
    [6, "AABBCD"],
    [7, "AAABBCD"],
    [8, "AAABBBCD"],
  ])("%i seats go to %s", (seats, result) => {
    expect(spelled(seatsOf(parliament, seats))).toBe(result);
  });

  it.each<[string, Seats, number, Seats, Seats]>([
    ["three parties share four seats", { Alpha: 1200, Beta: 900, Gamma: 400 }, 4, {}, { Alpha: 2, Beta: 1, Gamma: 1 }],
    ["a tie goes to the party with fewer seats", { A: 3, B: 1 }, 1, { A: 1, B: 0 }, { A: 1, B: 1 }],
    ["a full tie goes to the first name", { A: 1, B: 1 }, 1, {}, { A: 1, B: 0 }],
    ["a party without votes gets nothing", { N1: 1, N2: 1 }, 2, { Old: 0 }, { N1: 1, N2: 1, Old: 0 }],
    ["a new party catches up", { Old: 1, New: 1 }, 2, { Old: 1 }, { New: 2, Old: 1 }],
    ["initial seats without votes stay", { A: 100 }, 2, { B: 3 }, { A: 2, B: 3 }],
    ["no party, no seats", {}, 3, {}, {}],
  ])("%s", (_title, votes, seats, initial, result) => {
    expect(seatsOf(votes, seats, initial)).toEqual(result);
  });
});

describe("Webster's method keeps the laws of apportionment", () => {
  const votes = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.integer({ min: 1, max: 1000 }), {
    minKeys: 1,
    maxKeys: 8,
  });
  const seats = fc.integer({ min: 0, max: 200 });

  it("gives out exactly the seats there are", () => {
    fc.assert(
      fc.property(votes, seats, (parties, count) => {
        const total = Object.values(seatsOf(parties, count)).reduce((sum, each) => sum + each, 0);
        expect(total).toBe(count);
      }),
    );
  });

  it("gives no fewer seats for more votes", () => {
    fc.assert(
      fc.property(votes, seats, (parties, count) => {
        const result = seatsOf(parties, count);
        for (const left in parties) {
          for (const right in parties) {
            if ((parties[left] ?? 0) > (parties[right] ?? 0)) {
              expect(result[left]).toBeGreaterThanOrEqual(result[right] ?? 0);
            }
          }
        }
      }),
    );
  });

  it("does not depend on the order of the parties", () => {
    fc.assert(
      fc.property(votes, seats, (parties, count) => {
        const reversed = Object.fromEntries(Object.entries(parties).reverse());
        expect(seatsOf(reversed, count)).toEqual(seatsOf(parties, count));
      }),
    );
  });
});

describe("ties", () => {
  it("are broken upward without a UID, and either way by a UID's hash", () => {
    expect(tieDirection(undefined)).toBe("ascending");
    expect(tieDirection("")).toBe("ascending");
    const directions = new Set(["a", "b", "c", "d"].map(tieDirection));
    expect(directions).toEqual(new Set(["ascending", "descending"]));
  });

  it("go to the last name when they are broken downward", () => {
    const votes = new Map([
      ["a", 1],
      ["b", 1],
    ]);
    expect(allocateWebsterSeats({ seats: 1, votes, ties: "descending" })).toEqual([
      { name: "a", seats: 0 },
      { name: "b", seats: 1 },
    ]);
  });
});
