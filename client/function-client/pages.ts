/** All items of a list that comes in pages. */
export async function allPages<Page, Item>(
  next: (marker: string | undefined) => Promise<Page>,
  read: (page: Page) => { readonly items: readonly Item[] | undefined; readonly marker: string | undefined },
): Promise<Item[]> {
  const all: Item[] = [];
  let marker: string | undefined;
  do {
    const { items, marker: following } = read(await next(marker));
    all.push(...(items ?? []));
    marker = following;
  } while (marker);
  return all;
}

/** Items by what a function says of each; of several with the same key all, in their order. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
