import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import { since, text, wide } from "../columns.ts";
import { validateEvent, validateEventChange, validateStrictEvent } from "../core/event-validation.ts";
import { Event } from "../core/objects.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import type { ObjectReference } from "../shared.ts";
import { eventFromCore, eventToCore } from "./conversion.ts";

/** events.k8s.io/v1 Event. */
export type EventsV1Event = KubeObject & {
  readonly eventTime?: string | null;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly reportingController?: string;
  readonly reportingInstance?: string;
  readonly action?: string;
  readonly reason?: string;
  readonly regarding?: ObjectReference;
  readonly related?: ObjectReference;
  readonly note?: string;
  readonly type?: "Normal" | "Warning";
  readonly deprecatedSource?: { readonly component?: string; readonly host?: string };
  readonly deprecatedFirstTimestamp?: string | null;
  readonly deprecatedLastTimestamp?: string | null;
  readonly deprecatedCount?: number;
};
const EventsV1Event: Kind<EventsV1Event> = defineKind<EventsV1Event>({
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
});

/** The kinds of the events.k8s.io group. */
export const eventsResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: EventsV1Event,
    storedAs: Event,
    conversion: { toStorage: eventToCore, fromStorage: eventFromCore },
    update: { createsMissing: true },
    strategy: {
      validate: (event, before) => {
        const core = eventToCore(event) as Event;
        const strict =
          before === undefined ? validateStrictEvent(core) : validateEventChange(core, eventToCore(before) as Event);
        return [...validateEvent(core, "reportingController"), ...strict];
      },
    },
    selectableFields: {
      reason: (event) => event.reason ?? "",
      type: (event) => event.type ?? "",
      reportingController: (event) => event.reportingController ?? "",
      ...regardingFields(),
    },
    singular: "event",
    shortNames: ["ev"],
    columns: [
      text<EventsV1Event>("Last Seen", (event, nowMs) => since(lastSeen(event), nowMs)),
      text<EventsV1Event>("Type", (event) => event.type),
      text<EventsV1Event>("Reason", (event) => event.reason),
      text<EventsV1Event>(
        "Object",
        ({ regarding }) => `${regarding?.kind?.toLowerCase() ?? ""}/${regarding?.name ?? ""}`,
      ),
      wide<EventsV1Event>("Subobject", (event) => event.regarding?.fieldPath ?? ""),
      wide<EventsV1Event>("Source", (event) => event.reportingController || event.deprecatedSource?.component || ""),
      text<EventsV1Event>("Message", (event) => event.note?.trim()),
      wide<EventsV1Event>("First Seen", (event, nowMs) => since(firstSeen(event), nowMs)),
      wide<EventsV1Event>("Count", (event) => event.series?.count ?? (event.deprecatedCount || 1)),
      { name: "Name", type: "string", format: "name", priority: 1, value: (event) => event.metadata.name },
    ],
  }),
];

function firstSeen(event: EventsV1Event): string | null | undefined {
  return event.deprecatedFirstTimestamp ?? event.eventTime;
}

function lastSeen(event: EventsV1Event): string | null | undefined {
  return event.series?.lastObservedTime ?? event.deprecatedLastTimestamp ?? firstSeen(event);
}

/** `regarding.name` and its like, as events are selected by what they are about. */
function regardingFields(): Readonly<Record<string, (event: EventsV1Event) => string>> {
  const fields = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] as const;
  return Object.fromEntries(
    fields.map((field) => [`regarding.${field}`, (event: EventsV1Event) => event.regarding?.[field] ?? ""]),
  );
}
