import { Annotations, RemovalPolicy } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { CONTEXT_DEBUG } from '../context/constants';
import { formatValue, readable, ValidationError } from '../private/errors';
import { ENV_SHELL_SECRET_ARN } from './constants';

/** Characters of the secret that opens a debug shell. */
const SECRET_LENGTH = 64;

/**
 * Refuses a debug shell unless the app's context allows it.
 *
 * @internal
 */
export function requireDebugContext(scope: Construct, functionName: string): void {
  const allowed: unknown = scope.node.tryGetContext(CONTEXT_DEBUG);
  // The command line passes text.
  if (allowed === true || allowed === 'true') return;
  throw new ValidationError(
    `debugShell of '${functionName}' requires the context '${CONTEXT_DEBUG}' to be true, got: ${formatValue(allowed)}; use cdk deploy --context ${CONTEXT_DEBUG}=true`,
    scope,
  );
}

/**
 * Refuses a debug shell whose source could not be wrapped.
 *
 * @internal
 */
export function requireShellSource(scope: Construct, functionName: string, wrapped: boolean): void {
  if (wrapped) return;
  throw new ValidationError(
    `debugShell of '${functionName}' requires a source that can be wrapped; use Source.typescript, Source.javascript or Source.python`,
    scope,
  );
}

/**
 * Opens the debug shell of a function: makes its secret, sets the environment variable and grants the permission. Warns about
 * the shell.
 *
 * @internal
 */
export function addDebugShell(fn: lambda.Function, functionName: string): iam.Grant {
  const secret = new secretsmanager.Secret(fn, 'ShellSecret', {
    description: `Opens the debug shell of the function '${functionName}'`,
    generateSecretString: { passwordLength: SECRET_LENGTH, excludePunctuation: true },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  Annotations.of(fn).addWarningV2(
    'cdk-katamari:debugShell',
    `'${readable(functionName)}' has a debug shell: anyone who may invoke it and read its secret can run any code with its role; remove debugShell when you are done`,
  );
  fn.addEnvironment(ENV_SHELL_SECRET_ARN, secret.secretArn);
  return secret.grantRead(fn);
}
