import { expect, it } from "vitest";
import { outcome, server } from "../test-server.ts";

const zone = (serial: number, address: string): string => `@ 60 IN SOA ns root ${serial} 2 3 4 5\na IN A ${address}\n`;

it("takes zones in as files come, lets go of those whose files went, and reads the others anew", () => {
  const files = new Map([["zones/db.one.org", zone(1, "10.0.0.1")]]);
  const made = server(["auto {", "directory zones", "}"], { files });
  for (const part of made.loaded.parts) part.started?.();
  const now = (): readonly string[] => ["a.one.org.", "a.two.org."].map((name) => outcome(made.ask(name, "A")));
  const later = (): readonly string[] => {
    made.advance(60_000);
    return now();
  };
  expect(now()).toEqual(["60 A 10.0.0.1", "REFUSED"]);
  files.set("zones/db.two.org", zone(7, "10.0.0.2"));
  expect(now()).toEqual(["60 A 10.0.0.1", "REFUSED"]);
  files.set("zones/db.one.org", zone(2, "10.0.0.3"));
  expect(later()).toEqual(["60 A 10.0.0.3", "60 A 10.0.0.2"]);
  files.delete("zones/db.one.org");
  files.set("zones/more/db.two.org", zone(8, "10.0.0.4"));
  files.set("zones/db.bad.org", "nonsense\n");
  expect(later()).toEqual(["REFUSED", "60 A 10.0.0.2"]);
  expect(made.logged).toEqual([
    "[INFO] plugin/auto: Inserting zone `one.org.' from: zones/db.one.org",
    '[INFO] plugin/file: Successfully reloaded zone "one.org." in "zones/db.one.org" with 2 SOA serial',
    "[INFO] plugin/auto: Inserting zone `two.org.' from: zones/db.two.org",
    '[ERROR] plugin/file: Failed to open zone "one.org." in "zones/db.one.org": open zones/db.one.org: no such file or directory',
    '[WARNING] plugin/auto: Parse zone `bad.org.\': failed to parse file "zones/db.bad.org" for origin bad.org. with error zones/db.bad.org: dns: not a TTL: "nonsense" at line: 1:8',
    '[WARNING] plugin/auto: Multiple zone files match origin "two.org.": using "zones/db.two.org" instead of "zones/more/db.two.org"',
    "[INFO] plugin/auto: Deleting zone `one.org.'",
  ]);
  made.loaded.stop();
  files.set("zones/db.one.org", zone(3, "10.0.0.5"));
  expect(later()).toEqual(["REFUSED", "60 A 10.0.0.2"]);
});
