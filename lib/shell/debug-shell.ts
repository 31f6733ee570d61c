import { Annotations, RemovalPolicy } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { CONTEXT_DEBUG } from '../context/constants';
import { formatValue, ValidationError } from '../private/errors';
import { ENV_SHELL_SECRET_ARN } from './constants';

/** Characters of the secret that opens a debug shell. */
const SECRET_LENGTH = 64;

/**
 * Refuses a debug shell that the app's context does not allow.
 *
 * @internal
 */
export function requireDebugContext(scope: Construct, name: string): void {
  const allowed: unknown = scope.node.tryGetContext(CONTEXT_DEBUG);
  // The command line gives a text.
  if (allowed === true || allowed === 'true') return;
  throw new ValidationError(
    `debugShell needs the context '${CONTEXT_DEBUG}' to be true (cdk deploy --context ${CONTEXT_DEBUG}=true), got: ${formatValue(allowed)} for '${name}'`,
    scope,
  );
}

/**
 * Gives a function the secret that opens its debug shell, and warns of the shell.
 *
 * @param wrapped whether the code of the function was built with a debug shell
 *
 * @internal
 */
export function addDebugShell(fn: lambda.Function, name: string, wrapped: boolean): void {
  if (!wrapped) {
    throw new ValidationError(
      `debugShell needs a source that can be wrapped (Source.typescript, Source.javascript, Source.python), got: another one for '${name}'`,
      fn,
    );
  }
  const secret = new secretsmanager.Secret(fn, 'ShellSecret', {
    description: `Opens the debug shell of the function '${name}'`,
    generateSecretString: { passwordLength: SECRET_LENGTH, excludePunctuation: true },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  secret.grantRead(fn);
  fn.addEnvironment(ENV_SHELL_SECRET_ARN, secret.secretArn);
  Annotations.of(fn).addWarningV2(
    'cdk-katamari:debugShell',
    `'${name}' has a debug shell: whoever may invoke it and read its secret runs any code with its role. Take debugShell away when you are done`,
  );
}
