/** Orders strings by UTF-16 code unit, as Go's and etcd's byte order does for the names Kubernetes allows. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A sorted copy of `items` by a text key. */
export function sortedBy<T>(items: Iterable<T>, keyOf: (item: T) => string): T[] {
  return [...items].sort((left, right) => compareText(keyOf(left), keyOf(right)));
}
