import type { Container, ContainerStatus, ResourceRequirements } from "../../api/index.ts";
import { deepEqual } from "../../std/index.ts";

const NONE: ResourceRequirements = {};
/** From 1.N on statuses tell of resources. */
const TOLD_SINCE = 33;

/** What a node has granted one container, beside what the container runs with. */
export class ContainerResources {
  #granted: ResourceRequirements;

  constructor({ resources = NONE }: Container) {
    this.#granted = resources;
  }

  grant(resources: ResourceRequirements): void {
    this.#granted = resources;
  }

  /** `container` with what was granted; the same one when it has it already. */
  appliedTo(container: Container): Container {
    return this.differFrom(container) ? { ...container, resources: this.#granted } : container;
  }

  /** Whether `container` runs with other resources. */
  differFrom({ resources = NONE }: Container): boolean {
    return resources !== this.#granted && !deepEqual(resources, this.#granted);
  }

  /** Whether what was granted takes effect only with a restart, as the resize policy has it. */
  needRestartOf({ resizePolicy = [], resources = NONE }: Container): boolean {
    return resizePolicy.some(
      ({ resourceName, restartPolicy }) =>
        restartPolicy === "RestartContainer" &&
        (["requests", "limits"] as const).some(
          (list) => resources[list]?.[resourceName] !== this.#granted[list]?.[resourceName],
        ),
    );
  }

  /** What the status of a container tells of them; one that does not run shows what it will run with. */
  told(
    running: Container | undefined,
    minor: number,
  ): Pick<ContainerStatus, "allocatedResources" | "resources"> | undefined {
    if (minor < TOLD_SINCE) return undefined;
    const { requests } = this.#granted;
    const resources = running === undefined ? this.#granted : (running.resources ?? NONE);
    return requests === undefined ? { resources } : { allocatedResources: requests, resources };
  }
}
