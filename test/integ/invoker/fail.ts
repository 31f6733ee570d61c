/** A module that fails. */
export function handler(): never {
  throw new RangeError('out of stock');
}
