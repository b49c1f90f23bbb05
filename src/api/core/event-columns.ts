import { since, text, wide } from "../columns.ts";
import type { PrinterColumn } from "../descriptor.ts";
import type { Event } from "./objects.ts";

/** The columns of `kubectl get events`; the name comes last and only with `-o wide`. */
export const eventColumns: readonly PrinterColumn<Event>[] = [
  text<Event>("Last Seen", lastSeen),
  text<Event>("Type", (event) => event.type),
  text<Event>("Reason", (event) => event.reason),
  text<Event>("Object", ({ involvedObject: { kind = "", name } }) =>
    name === undefined ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`,
  ),
  wide<Event>("Subobject", (event) => event.involvedObject.fieldPath ?? ""),
  wide<Event>("Source", source),
  text<Event>("Message", (event) => (event.message ?? "").trim()),
  wide<Event>("First Seen", firstSeen),
  wide<Event>("Count", (event) => event.series?.count ?? (event.count || 1)),
  { name: "Name", type: "string", format: "name", priority: 1, value: (event) => event.metadata.name },
];

/** Who reports and where, each in the new way where the old one does not say (`formatEventSource`). */
function source(event: Event): string {
  const who = event.source?.component || event.reportingComponent || "";
  const where = event.source?.host || event.reportingInstance || "";
  return where === "" ? who : `${who}, ${where}`;
}

function firstSeen(event: Event, nowMs: number): string {
  return since(event.firstTimestamp ?? event.eventTime, nowMs);
}

function lastSeen(event: Event, nowMs: number): string {
  if (event.series !== undefined) return since(event.series.lastObservedTime, nowMs);
  return since(event.lastTimestamp ?? event.firstTimestamp ?? event.eventTime, nowMs);
}
