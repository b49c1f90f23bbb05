import { type KubeObject, type Unstructured, unstructured } from "../../apimachinery/index.ts";
import type { EventsV1Event } from "./event.ts";

/** Fields that have another name in the core group (`pkg/apis/events/v1.Convert_v1_Event_To_core_Event`). */
const CORE_NAMES: Readonly<Record<string, string>> = {
  regarding: "involvedObject",
  note: "message",
  reportingController: "reportingComponent",
  deprecatedSource: "source",
  deprecatedFirstTimestamp: "firstTimestamp",
  deprecatedLastTimestamp: "lastTimestamp",
  deprecatedCount: "count",
};
const EVENTS_NAMES = Object.fromEntries(Object.entries(CORE_NAMES).map(([events, core]) => [core, events]));

/** An Event of events.k8s.io as the core group has it. */
export function eventToCore(event: EventsV1Event): KubeObject {
  const core = renamed(event, CORE_NAMES);
  return { ...core, apiVersion: "v1", ...(core.involvedObject === undefined ? { involvedObject: {} } : {}) };
}

/** An Event of the core group as events.k8s.io shows it. */
export function eventFromCore(event: KubeObject): EventsV1Event {
  return { ...renamed(event, EVENTS_NAMES), apiVersion: "events.k8s.io/v1" };
}

function renamed(object: KubeObject, names: Readonly<Record<string, string>>): Unstructured {
  const { apiVersion, kind, metadata, ...fields } = unstructured(object);
  const entries = Object.entries(fields).map(([field, value]) => [names[field] ?? field, value]);
  return { apiVersion, kind, metadata, ...Object.fromEntries(entries) };
}
