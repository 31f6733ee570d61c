/** The handler of the seed's example of a test that deploys. */
export async function handler(event: { readonly input?: number }): Promise<{ readonly result: number }> {
  return { result: (event.input ?? 0) * 2 };
}
