// Context values that constructs, the command line and the test deployment share. No import of aws-cdk-lib here.

/** True when the stacks are deployed to the local engine instead of AWS. Set by the local run. */
export const CONTEXT_LOCAL = 'katamari:local';

/** True when functions may have a debug shell. */
export const CONTEXT_DEBUG = 'katamari:debug';
