// Names that constructs and the command line agree on. No import of aws-cdk-lib here.

/** Context value that the local run sets: the stacks are to be deployed on this machine, not on AWS. */
export const CONTEXT_LOCAL = 'katamari:local';
