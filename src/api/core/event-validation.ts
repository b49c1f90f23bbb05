import { dns1123SubdomainErrors, qualifiedNameErrors } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { type Findings, invalid, invalidFor, NOTHING, required } from "../validation.ts";
import { goStruct } from "./go-core-structs.ts";
import type { Event } from "./objects.ts";

const SHORT_MAX = 128;
const NOTE_MAX = 1024;

/** What is wrong with any Event; `reporter` is what the version it was sent in calls its reporting component (`legacyValidateEvent`). */
export function validateEvent(event: Event, reporter = "reportingComponent"): Findings {
  const { namespace = "" } = event.metadata;
  return [
    ...(event.eventTime ? checkNew(event, reporter) : checkOld(event)),
    ...invalidFor("namespace", namespace, dns1123SubdomainErrors(namespace)),
  ];
}

/** An Event without a time of its own is of the older sort, which is about its own namespace. */
function checkOld({ metadata, involvedObject }: Event): Findings {
  const about = involvedObject?.namespace ?? "";
  const allowed = about === "" ? ["", "default"] : [about];
  return allowed.includes(metadata.namespace ?? "") ? NOTHING : [elsewhere(about)];
}

function checkNew(event: Event, reporter: string): Findings {
  const { metadata, involvedObject, reportingComponent = "", reportingInstance = "", action = "", reason = "" } = event;
  const about = involvedObject?.namespace ?? "";
  const isPlaceless = about === "" && !["default", "kube-system"].includes(metadata.namespace ?? "");
  return [
    ...(isPlaceless ? [elsewhere(about)] : NOTHING),
    ...(reportingComponent === "" ? [required(reporter)] : NOTHING),
    ...invalidFor(reporter, reportingComponent, qualifiedNameErrors(reportingComponent)),
    ...stated("reportingInstance", reportingInstance),
    ...stated("action", action),
    ...stated("reason", reason),
    ...atMost("message", event.message ?? "", NOTE_MAX),
  ];
}

function elsewhere(about: string): Findings[number] {
  return invalid("involvedObject.namespace", about, "does not match event.namespace");
}

function stated(field: string, value: string): Findings {
  return value === "" ? [required(field)] : atMost(field, value, SHORT_MAX);
}

function atMost(field: string, value: string, most: number): Findings {
  return Buffer.byteLength(value) > most ? [invalid(field, "", `can have at most ${most} characters`)] : NOTHING;
}

/** What events.k8s.io asks of an Event beyond that: no field of the older sort (`ValidateEventCreate`). */
export function validateStrictEvent(event: Event): Findings {
  const unset = (field: keyof Event & string): Findings[number] => invalid(field, "", "needs to be unset");
  const { source } = event;
  return [
    ...checkSeries(event),
    ...(event.eventTime ? NOTHING : [required("eventTime")]),
    ...(event.type === "Normal" || event.type === "Warning"
      ? NOTHING
      : [invalid("type", "", `has invalid value: ${event.type ?? ""}`)]),
    ...(event.firstTimestamp ? [unset("firstTimestamp")] : NOTHING),
    ...(event.lastTimestamp ? [unset("lastTimestamp")] : NOTHING),
    ...(event.count ? [unset("count")] : NOTHING),
    ...(source?.component || source?.host ? [unset("source")] : NOTHING),
  ];
}

/** Of an Event of events.k8s.io only its series changes (`ValidateEventUpdate`, which looks at the reason twice). */
export function validateEventChange(after: Event, before: Event): Findings {
  return [
    ...(deepEqual(after.series, before.series) ? NOTHING : checkSeries(after)),
    ...FIXED.filter((field) => !deepEqual(after[field], before[field])).map((field) =>
      invalid(
        field === "reportingComponent" ? "reportingController" : field,
        shownField(after, field),
        "field is immutable",
      ),
    ),
  ];
}

const FIXED = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "reason",
  "type",
  "eventTime",
  "action",
  "related",
  "reportingComponent",
  "reportingInstance",
] as const;

/** A field as Go's encoder writes it in the internal struct. */
function shownField(event: Event, field: (typeof FIXED)[number]): unknown {
  switch (field) {
    case "involvedObject":
      return goStruct("Object", event.involvedObject ?? {});
    case "source":
      return goStruct("EventSource", event.source ?? {});
    case "related":
      return event.related === undefined ? null : goStruct("Object", event.related);
    case "firstTimestamp":
    case "lastTimestamp":
    case "eventTime":
      return event[field] ?? null;
    case "count":
      return event.count ?? 0;
    default:
      return event[field] ?? "";
  }
}

function checkSeries({ series }: Event): Findings {
  if (series === undefined) return NOTHING;
  return [
    ...(series.count < 2 ? [invalid("series.count", "", "should be at least 2")] : NOTHING),
    ...(series.lastObservedTime ? NOTHING : [required("series.lastObservedTime")]),
  ];
}
