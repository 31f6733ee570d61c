/** Removes undefined properties, which would override defaults. */
export function definedOf<T extends object>(properties: T): T {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as T;
}
