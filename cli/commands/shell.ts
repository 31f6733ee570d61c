import { createInterface } from 'node:readline/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { FunctionClient } from '../../client';
import { CommandError } from '../../engine/errors';
import { ENV_SHELL_SECRET_ARN, SHELL_EVENT_KEY, type ShellAnswer, type ShellLanguage } from '../../lib/shell/constants';
import { type Input, note } from '../shared/ask';
import type { CommandContext, CommonOptions, PersonContext } from '../shared/command-context';
import { clientOf, findOperated, type OperatedFunction } from '../shared/operated-functions';
import type { Output } from '../shared/output';
import { explainAwsError, type Target } from '../shared/target';

export interface ShellOptions extends CommonOptions {
  readonly verbose?: boolean;
}

/** A way into a function that was deployed with a debug shell. */
interface Session {
  readonly fn: OperatedFunction;
  readonly language: ShellLanguage;
  readonly run: (code: string) => Promise<ShellAnswer>;
}

/**
 * Runs code inside a function: what is said, what standard input holds, or line by line what a person types.
 *
 * @returns false when the last code has failed
 */
export async function openShell(
  { target, output, input, signal }: PersonContext,
  name: string,
  code: string | undefined,
  options: ShellOptions,
): Promise<boolean> {
  const session = await openSession(await findOperated(target, name, options.group), target);
  if (code === undefined && input.isTTY) return talk(session, { input, output, signal, target }, options);
  return show(await session.run(code ?? (await readAll(input))), session.fn, output, options);
}

/** @throws CommandError when the function has no shell, or its secret can't be read */
async function openSession(fn: OperatedFunction, target: Target): Promise<Session> {
  const { environment, runtime = '' } = fn.configuration;
  const secretArn = environment[ENV_SHELL_SECRET_ARN];
  if (!secretArn) {
    throw new CommandError(
      `function '${fn.name}' has no debug shell`,
      "Deploy it with one: debugShell: true among its options, and the context 'katamari:debug' (cdk deploy --context katamari:debug=true).",
    );
  }
  const secret = await readSecret(secretArn, target);
  const language = runtime.startsWith('python') ? 'python' : 'javascript';
  const client: FunctionClient = clientOf(fn, target);
  return { fn, language, run: (code) => client.invoke<ShellAnswer>({ [SHELL_EVENT_KEY]: { secret, language, code } }) };
}

async function readSecret(SecretId: string, target: Target): Promise<string> {
  const client = new SecretsManagerClient(target.settings);
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
    return SecretString;
  } catch (error) {
    if (!/AccessDenied|ResourceNotFound/.test((error as Error).name)) throw error;
    throw new CommandError(
      `the secret of the debug shell can't be read: ${(error as Error).message}`,
      `The shell opens to whoever may read it: secretsmanager:GetSecretValue on ${SecretId}.`,
      { cause: error },
    );
  } finally {
    client.destroy();
  }
}

/** Reads line by line, with the history of the terminal; ends with `.exit` or the end of input. */
async function talk(session: Session, { input, output, signal, target }: PersonContext, options: ShellOptions): Promise<boolean> {
  const { fn, language } = session;
  const known = `handler, context${language === 'javascript' ? ', require' : ''}`;
  note(
    output.colors.dim(
      `${language} in ${fn.configuration.functionName} on ${target.label}: ${known} are there. Nothing is kept from line to line. .exit ends it.`,
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

/** What fails on the way is shown, and the next line may be right. */
async function runLine(session: Session, line: string, { output, target }: CommandContext, options: ShellOptions): Promise<void> {
  try {
    show(await session.run(line), session.fn, output, options);
  } catch (error) {
    const explained = explainAwsError(error, target) as Error;
    note(`${output.colors.red('✖')} ${explained.message}`);
  }
}

/** @returns false when the code has failed */
function show(answer: ShellAnswer, fn: OperatedFunction, output: Output, options: ShellOptions): boolean {
  const { colors } = output;
  const { result, repr, stdout, error } = answer;
  if (options.json) {
    output.line(JSON.stringify({ function: fn.name, result, repr, stdout, error }, undefined, 2));
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

async function readAll(input: Input): Promise<string> {
  let text = '';
  for await (const chunk of input) text += chunk;
  return text;
}
