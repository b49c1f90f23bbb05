import type { Pod, Service } from "../../api/index.ts";
import { objectKey } from "../../apimachinery/index.ts";

type Known = { readonly service: string; readonly pods: ReadonlyMap<string, string> };

/**
 * When what a Service's endpoints are made of began to differ from what was last written, so that the time it took to be known can
 * be told (`endpointslice/util/trigger_time_tracker.go`): pods tell by their condition Ready, the Service by its creation.
 */
export class TriggerTimes {
  readonly #known = new Map<string, Known>();

  /** The earliest change since the last call; `undefined` when nothing changed that tells its time. */
  next(service: Service, pods: readonly Pod[]): string | undefined {
    const key = objectKey(service.metadata);
    const before = this.#known.get(key);
    const created = service.metadata.creationTimestamp ?? "";
    const times = new Map<string, string>();
    let earliest: string | undefined;
    const changed = (time: string): void => {
      if (earliest === undefined || time < earliest) earliest = time;
    };
    for (const { metadata, status } of pods) {
      const time = status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime ?? "";
      if (time === "") continue;
      times.set(metadata.name, time);
      if (time > (before?.pods.get(metadata.name) ?? "")) changed(time);
    }
    if (created > (before?.service ?? "")) changed(created);
    this.#known.set(key, { service: created, pods: times });
    return before === undefined ? created : earliest;
  }

  forget(key: { readonly namespace?: string; readonly name: string }): void {
    this.#known.delete(objectKey(key));
  }
}
