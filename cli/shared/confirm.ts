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
export async function confirm(question: string, input: Input, signal?: AbortSignal): Promise<boolean> {
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

/** What a command needs to ask before it acts on AWS. */
interface ConfirmContext {
  readonly target: Target;
  readonly input: Input;
  readonly signal?: AbortSignal;
}

/**
 * Asks before a command acts on AWS that the person did not choose with `--aws`: without a local run, AWS is the target of every
 * command.
 *
 * @param action what the command does, such as `Invoke 'Import'`
 * @returns false when the person answers no
 * @throws CommandError when standard input is not a terminal
 */
export async function confirmAws({ target, input, signal }: ConfirmContext, action: string): Promise<boolean> {
  if (target.kind !== 'aws' || target.chosen) return true;
  requireChoice(target, action, input.isTTY);
  return confirm(`No local run is up. ${action} on ${await awsAccount(target)}?`, input, signal);
}

/**
 * Refuses to act on AWS without a question, unless the person chose AWS with `--aws`.
 *
 * @param asks whether the command asks the person first
 * @throws CommandError when the person neither chose AWS nor will be asked
 */
export function requireChoice(target: Target, action: string, asks = false): void {
  if (target.kind !== 'aws' || target.chosen || asks) return;
  throw new CommandError(
    `no local run is up, and this command changes AWS only if you choose AWS: ${action}`,
    "Pass --aws, or start the app on this machine with 'katamari local'.",
  );
}

/** Longest wait for the name of the account. */
const STS_TIMEOUT_MS = 5_000;

/** Names the account and region for a question. A failure to find them out is told by the command's own call. */
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
