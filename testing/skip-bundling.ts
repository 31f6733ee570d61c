/**
 * Context that skips bundling: a stack is synthesized in milliseconds, and an entry that does not build is no error.
 *
 * ```ts
 * const app = new App({ context: skipBundling() });
 * ```
 */
export function skipBundling(): Record<string, unknown> {
  return { 'aws:cdk:bundling-stacks': [] };
}
