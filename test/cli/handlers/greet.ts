/** Returns a greeting and logs it. */
export async function handler(event: {
  readonly name?: string;
  readonly fail?: boolean;
}): Promise<{ readonly greeting: string }> {
  console.log(`greeting ${event.name ?? 'nobody'}`);
  if (event.fail) throw new RangeError('as it was told');
  return { greeting: `hello ${event.name ?? 'nobody'}` };
}
