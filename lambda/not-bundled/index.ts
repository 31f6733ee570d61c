/** Handler of a function in a stack that was synthesized without bundling. */
export async function handler(): Promise<never> {
  throw new Error(
    'this function was synthesized without bundling (aws:cdk:bundling-stacks); synthesize it with bundling and deploy it again',
  );
}
