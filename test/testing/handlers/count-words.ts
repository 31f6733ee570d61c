/** Counts the words of a text. */
export async function handler(event: { readonly text: string }): Promise<{ readonly words: number }> {
  return { words: event.text.split(' ').length };
}
