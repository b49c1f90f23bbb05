import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import { since, text, wide } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import type { ObjectReference } from "../shared.ts";

/** events.k8s.io/v1 Event. */
type EventsV1Event = KubeObject & {
  readonly eventTime: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly reportingController?: string;
  readonly reportingInstance?: string;
  readonly action?: string;
  readonly reason?: string;
  readonly regarding?: ObjectReference;
  readonly related?: ObjectReference;
  readonly note?: string;
  readonly type?: "Normal" | "Warning";
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
    singular: "event",
    shortNames: ["ev"],
    columns: [
      text<EventsV1Event>("Last Seen", (event, nowMs) =>
        since(event.series?.lastObservedTime ?? event.eventTime, nowMs),
      ),
      text<EventsV1Event>("Type", (event) => event.type),
      text<EventsV1Event>("Reason", (event) => event.reason),
      text<EventsV1Event>(
        "Object",
        ({ regarding }) => `${regarding?.kind?.toLowerCase() ?? ""}/${regarding?.name ?? ""}`,
      ),
      wide<EventsV1Event>("Subobject", (event) => event.regarding?.fieldPath ?? ""),
      wide<EventsV1Event>("Source", (event) => event.reportingController ?? ""),
      text<EventsV1Event>("Message", (event) => event.note?.trim()),
      wide<EventsV1Event>("First Seen", (event, nowMs) => since(event.eventTime, nowMs)),
      wide<EventsV1Event>("Count", (event) => event.series?.count ?? 1),
      { name: "Name", type: "string", format: "name", priority: 1, value: (event) => event.metadata.name },
    ],
  }),
];
