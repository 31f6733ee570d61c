/** Replaces the halves of surrogate pairs that stand alone, which UTF-8 can't represent and DynamoDB refuses. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '?');
}

/** Cuts a text to a number of characters, counted as in Python, and makes it well-formed. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return wellFormed(text);
  let end = 0;
  for (let count = 0; count < max && end < text.length; count++) end += Number(text.codePointAt(end)) > 0xffff ? 2 : 1;
  return wellFormed(text.slice(0, end));
}

/** Cuts a text as `cutText` does, and marks that it was longer. */
export function excerpt(text: string, max: number): string {
  const start = cutText(text, max);
  return start.length < text.length ? `${start}…` : start;
}
