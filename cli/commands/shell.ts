import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { FunctionClient } from '../../client';
import { sdkSettings } from '../../engine/client-settings';
import { CommandError } from '../../engine/errors';
import { ENV_SHELL_SECRET_ARN, SHELL_EVENT_KEY, type ShellAnswer, type ShellLanguage } from '../../lib/shell/constants';
import { explainAwsError } from '../shared/aws-error';
import type { CommandContext, FunctionOptions, InteractiveContext } from '../shared/command-context';
import { confirmAction } from '../shared/confirm';
import { clientOf, type DeployedFunction, findFunction } from '../shared/deployed-functions';
import { note, type Output, writeJson } from '../shared/output';
import type { Target } from '../shared/target';

interface ShellOptions extends FunctionOptions {
  /** Code to run. @default - standard input; on a terminal line by line */
  readonly code?: string;
  /** Whether to show the stack trace of a failure. */
  readonly verbose?: boolean;
}

/** An open debug shell of a function. */
interface Session {
  readonly fn: DeployedFunction;
  readonly language: ShellLanguage;
  readonly run: (code: string) => Promise<ShellAnswer>;
}

/**
 * Runs code inside a function: the code given, standard input, or line by line what a person types.
 *
 * @returns false when the code fails, or the person answers no
 */
export async function openShell(context: InteractiveContext, options: ShellOptions): Promise<boolean> {
  const { target, output, input } = context;
  const fn = await findFunction(target, options.name, options.group);
  if (!(await confirmAction(context, { text: `Run code in ${fn.configuration.functionName}` }))) return false;
  const session = await openSession(fn, target);
  if (options.code === undefined && input.isTTY) return runLines(session, context, options);
  return show(await session.run(options.code ?? (await text(input))), session.fn, output, options);
}

/** @throws CommandError when the function has no debug shell, or its secret can't be read */
async function openSession(fn: DeployedFunction, target: Target): Promise<Session> {
  const { environment, runtime = '' } = fn.configuration;
  const secretArn = environment[ENV_SHELL_SECRET_ARN];
  if (!secretArn) {
    throw new CommandError(
      `function '${fn.name}' has no debug shell`,
      "Set debugShell: true on the function, and deploy with the context 'katamari:debug' (cdk deploy --context katamari:debug=true).",
    );
  }
  const secret = await readSecret(secretArn, target);
  const language = runtime.startsWith('python') ? 'python' : 'javascript';
  const client: FunctionClient = clientOf(fn, target);
  return { fn, language, run: (code) => client.invoke<ShellAnswer>({ [SHELL_EVENT_KEY]: { secret, language, code } }) };
}

async function readSecret(SecretId: string, target: Target): Promise<string> {
  const client = new SecretsManagerClient(sdkSettings(target.settings));
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
    return SecretString;
  } catch (error) {
    if (!/AccessDenied|ResourceNotFound/.test((error as Error).name)) throw error;
    throw new CommandError(
      `cannot read the secret of the debug shell: ${(error as Error).message}`,
      `Your credentials need the permission secretsmanager:GetSecretValue on ${SecretId}.`,
      { cause: error },
    );
  } finally {
    client.destroy();
  }
}

/** Runs each line that the person types, until `.exit` or the end of input. */
async function runLines(
  session: Session,
  { input, output, signal, target }: InteractiveContext,
  options: ShellOptions,
): Promise<boolean> {
  const { fn, language } = session;
  const names = language === 'javascript' ? 'handler, context and require' : 'handler and context';
  note(
    output.colors.dim(
      `${language} in ${fn.configuration.functionName} on ${target.label}. You can use ${names}. Each line runs on its own. Type .exit to leave.`,
    ),
  );
  const lines = createInterface({
    input,
    output: process.stderr,
    prompt: `${fn.name}> `,
    historySize: 1_000,
    removeHistoryDuplicates: true,
  });
  signal?.addEventListener('abort', () => lines.close(), { once: true });
  lines.prompt();
  for await (const line of lines) {
    if (line.trim() === '.exit') break;
    if (line.trim() !== '') await runLine(session, line, { output, target }, options);
    lines.prompt();
  }
  lines.close();
  return true;
}

/** Shows errors instead of throwing them, so that the shell goes on. */
async function runLine(session: Session, line: string, { output, target }: CommandContext, options: ShellOptions): Promise<void> {
  try {
    show(await session.run(line), session.fn, output, options);
  } catch (error) {
    const explained = explainAwsError(error, target) as Error;
    note(`${output.colors.red('✖')} ${explained.message}`);
  }
}

/** @returns false when the code failed */
function show(answer: ShellAnswer, fn: DeployedFunction, output: Output, options: ShellOptions): boolean {
  const { colors } = output;
  const { result, repr, stdout, error } = answer;
  if (options.json) {
    writeJson(output, { function: fn.name, group: fn.group ?? null, result, repr, stdout, error });
    return error === null;
  }
  if (stdout !== '') output.line(stdout.replace(/\n$/, ''));
  if (error) {
    output.line(colors.red(`${error.type}${error.message && `: ${error.message}`}`));
    if (options.verbose) output.line(colors.dim(error.stack));
  } else if (repr !== null) {
    output.line(repr);
  }
  return error === null;
}
