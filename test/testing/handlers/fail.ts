export async function handler(): Promise<void> {
  throw new RangeError('as it was told');
}
