/**
 * Context values that skip bundling, so that stacks synthesize in milliseconds. Entries are then not checked.
 *
 * ```ts
 * const app = new App({ context: skipBundling() });
 * ```
 */
export function skipBundling(): Record<string, unknown> {
  return { 'aws:cdk:bundling-stacks': [] };
}
