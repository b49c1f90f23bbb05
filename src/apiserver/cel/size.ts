/** How many elements something may have: characters of a text, items of a list; 1 for scalars. */
export type Size = { readonly min: number; readonly max: number };

export const UNKNOWN_SIZE: Size = { min: 0, max: Number.POSITIVE_INFINITY };

export function exactly(size: number): Size {
  return { min: size, max: size };
}

export function plus(left: Size, right: Size): Size {
  return { min: left.min + right.min, max: left.max + right.max };
}

export function times(left: Size, right: Size): Size {
  return { min: product(left.min, right.min), max: product(left.max, right.max) };
}

export function eitherSize(left: Size, right: Size): Size {
  return { min: Math.min(left.min, right.min), max: Math.max(left.max, right.max) };
}

/** Nothing times no matter how much is nothing. */
export function product(left: number, right: number): number {
  return left === 0 || right === 0 ? 0 : left * right;
}

/** A share of an amount, rounded up. */
export function share(amount: number, factor: number): number {
  return Math.ceil(product(amount, factor));
}
