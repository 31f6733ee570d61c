// Context values that constructs, the command line and the test deployment agree on. No import of aws-cdk-lib here.

/** Context value that the local run sets: the stacks are to be deployed on this machine, not on AWS. */
export const CONTEXT_LOCAL = 'katamari:local';

/** Context value that lets functions have a debug shell. */
export const CONTEXT_DEBUG = 'katamari:debug';
