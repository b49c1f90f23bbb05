import type { ObjectMeta } from "../../apimachinery/index.ts";
import { compareText } from "../../std/index.ts";

/** The name of the class that one of `annotations` marks as the default: the newest, of as old ones the first by name. */
export function defaultClass(
  classes: readonly { readonly metadata: ObjectMeta }[],
  annotations: readonly string[],
): string | undefined {
  const [chosen] = classes
    .filter(({ metadata }) => annotations.some((each) => metadata.annotations?.[each] === "true"))
    .sort(
      ({ metadata: left }, { metadata: right }) =>
        compareText(right.creationTimestamp ?? "", left.creationTimestamp ?? "") || compareText(left.name, right.name),
    );
  return chosen?.metadata.name;
}
