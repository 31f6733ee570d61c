/** Stands where a user's bundle would be in a stack that was synthesized without bundling. */
export async function handler(): Promise<never> {
  throw new Error(
    'this function was synthesized without bundling (aws:cdk:bundling-stacks): synthesize it again with bundling, and deploy that',
  );
}
