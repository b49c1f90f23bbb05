/** A change as an informer saw it: `before` is absent for an addition, `after` for a deletion. At least one is there. */
export type Change<T> = { readonly before?: T; readonly after?: T; readonly object: T };
