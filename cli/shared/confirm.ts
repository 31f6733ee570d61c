import { createInterface } from 'node:readline/promises';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { sdkSettings } from '../../engine/client-settings';
import { CommandError } from '../../engine/errors';
import type { Target } from './target';

/** The stream that a person answers on. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/**
 * Asks the person to confirm an action that can't be undone. The question goes to standard error: standard output has only results.
 *
 * @throws CommandError when standard input is not a terminal
 */
async function confirm(question: string, input: Input, signal?: AbortSignal): Promise<boolean> {
  if (!input.isTTY) {
    throw new CommandError(`cannot prompt '${question}': standard input is not a terminal`, 'Pass --yes to skip the prompt.');
  }
  const lines = createInterface({ input, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal });
    return /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}

/** The parts of a command's context that a question needs. */
interface ConfirmContext {
  readonly target: Target;
  readonly input: Input;
  readonly signal?: AbortSignal;
}

/** An action that needs a confirmation. */
interface Action {
  /** What the command does, such as `Invoke 'Import'`. */
  readonly text: string;
  /** What `--yes` of the command says, for an action that can't be undone: it needs a confirmation on a local run too. */
  readonly yes?: boolean;
}

/**
 * Asks before a command acts on AWS that the person did not choose with `--aws`: without a local run, AWS is the target of every
 * command. Asks before an action that can't be undone, unless the person passed `--yes`.
 *
 * @returns false when the person answers no
 * @throws CommandError when standard input is not a terminal
 */
export async function confirmAction({ target, input, signal }: ConfirmContext, { text, ...given }: Action): Promise<boolean> {
  requireChoice(target, text, input);
  const isUnchosen = target.kind === 'aws' && !target.chosen;
  const isIrreversible = 'yes' in given && !given.yes;
  if (!isUnchosen && !isIrreversible) return true;
  const place = target.kind === 'aws' ? await awsAccount(target) : target.label;
  return confirm(`${isUnchosen ? 'No local run is up. ' : ''}${text} on ${place}?`, input, signal);
}

/**
 * Refuses to act on AWS if the person neither chose it with `--aws` nor can be asked.
 *
 * @throws CommandError when AWS is not chosen, and standard input is not a terminal
 */
export function requireChoice(target: Target, text: string, { isTTY }: Input): void {
  if (target.kind !== 'aws' || target.chosen || isTTY) return;
  throw new CommandError(
    `'${text}' would act on AWS, because no local run is up`,
    "Pass --aws to choose AWS, or start the app on this machine with 'npx cdk-katamari local'.",
  );
}

/** Longest wait for the name of the account. */
const STS_TIMEOUT_MS = 5_000;

/** Names the account and region for a question. If they can't be read, the command's own call reports why. */
async function awsAccount({ settings, label }: Target): Promise<string> {
  const client = new STSClient(sdkSettings({ ...settings, maxAttempts: 1 }));
  try {
    const region = await client.config.region();
    const { Account } = await client.send(new GetCallerIdentityCommand({}), { abortSignal: AbortSignal.timeout(STS_TIMEOUT_MS) });
    return `AWS account ${Account} in ${region}`;
  } catch {
    return label;
  } finally {
    client.destroy();
  }
}
