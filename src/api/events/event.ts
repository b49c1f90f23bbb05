import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import { eventColumns } from "../core/event-columns.ts";
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
    columns: eventColumns.map((column) => ({
      ...column,
      value: (event, nowMs) => column.value(eventToCore(event) as Event, nowMs),
    })),
  }),
];

/** `regarding.name` and its like, as events are selected by what they are about. */
function regardingFields(): Readonly<Record<string, (event: EventsV1Event) => string>> {
  const fields = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] as const;
  return Object.fromEntries(
    fields.map((field) => [`regarding.${field}`, (event: EventsV1Event) => event.regarding?.[field] ?? ""]),
  );
}
