import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { parseJson } from '../../shared/json/parse-json';
import { QUEUED } from './execute-response';
import { CallFailure, toFunctionFailure, UnreadableAnswer } from './failures';
import type { AdapterSettings } from './settings';

/** Status codes of Lambda for an invocation that it has made or queued. */
const INVOKED = new Set([200, 202, 204]);
/** Maximum characters of an unreadable answer in an error, and the length of its two ends otherwise. */
const QUOTE_MAX = 80;
const QUOTE_END = 40;

/** The result of a function. For an event, the answer by which Lambda confirms that it has queued the event. */
export interface Answer {
  readonly value: unknown;
  /** Id of the run of a queued event. */
  readonly runId?: string;
}

/** Reads the response of Lambda. @throws CallFailure when Lambda has not run the function, or it failed */
export function answerOf(output: InvokeCommandOutput, settings: AdapterSettings): Answer {
  const { StatusCode: status = 500, FunctionError, Payload, $metadata } = output;
  if (!INVOKED.has(status)) throw new CallFailure(`Lambda returned HTTP ${status}: ${FunctionError ?? 'Unknown error'}`);
  if (settings.invocationType === 'Event') return { value: QUEUED, runId: $metadata?.requestId };
  if (FunctionError) throw toFunctionFailure(Payload, settings.retryFunctionErrors);
  return { value: parsed(Payload ?? new Uint8Array()) };
}

/** @throws UnreadableAnswer when the answer is not JSON in UTF-8 */
function parsed(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return null;
  const text = utf8(bytes);
  if (text === undefined) throw unreadable(bytes, 'UTF-8');
  try {
    return parseJson(text);
  } catch (cause) {
    throw unreadable(bytes, 'JSON', cause);
  }
}

/** Decodes UTF-8, without a byte order mark. @returns undefined when it is not UTF-8 */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unreadable(bytes: Uint8Array, format: string, cause?: unknown): UnreadableAnswer {
  const text = [...Buffer.from(bytes).toString('utf8')];
  const shown =
    text.length > QUOTE_MAX ? `${text.slice(0, QUOTE_END).join('')}…${text.slice(-QUOTE_END).join('')}` : text.join('');
  return new UnreadableAnswer(
    `Lambda response must be a dictionary, got ${bytes.length} bytes that are not ${format}: ${shown}`,
    { cause },
  );
}
