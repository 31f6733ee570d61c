/**
 * Reads all items of a paginated list.
 *
 * The paginators of the SDK accept only clients of the SDK's own copy that this package bundles. A client that a user passes
 * in comes from another copy.
 *
 * @param newest number of items to keep, of which the last ones are kept, so that a long list does not fill the memory
 */
export async function allPages<Page, Item>(
  next: (marker: string | undefined) => Promise<Page>,
  read: (page: Page) => { readonly items: readonly Item[] | undefined; readonly marker: string | undefined },
  newest = Number.POSITIVE_INFINITY,
): Promise<Item[]> {
  const all: Item[] = [];
  let marker: string | undefined;
  do {
    const { items, marker: following } = read(await next(marker));
    all.push(...(items ?? []));
    if (all.length > newest) all.splice(0, all.length - newest);
    marker = following;
  } while (marker);
  return all;
}
