import { formatValue } from '../../shared/checks';
import { NotInvoked } from './failures';
import type { ExecuteOptions, RemainingTime } from './types';

const SHOWN_MAX = 80;

/** Limits that the caller of `execute` sets, checked. */
export interface CallerLimits {
  readonly signal?: AbortSignal;
  readonly context?: RemainingTime;
}

/** Reads the limits of a call. @throws NotInvoked when the context or the signal is something else */
export function callerLimits({ context, signal }: ExecuteOptions): CallerLimits {
  return { signal: derivedSignal(signal), context: context == null ? undefined : new CallerTime(context) };
}

/** A signal for one call: Node.js warns when many calls add listeners to a shared one. */
function derivedSignal(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  if (signal == null) return undefined;
  try {
    return AbortSignal.any([signal]);
  } catch {
    throw new NotInvoked(`signal must be an AbortSignal, got: ${shown(signal)}`);
  }
}

/** A value as it appears in a message, cut to 80 characters. It never throws, whatever the value is. */
function shown(value: unknown): string {
  let text: string;
  try {
    text = formatValue(value);
  } catch {
    text = typeof value;
  }
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

/** Remaining time of the caller. It never throws after the first reading, which the constructor makes. */
class CallerTime implements RemainingTime {
  private first: number | undefined;

  public constructor(private readonly context: RemainingTime) {
    this.first = this.read();
    if (this.first === undefined) {
      throw new NotInvoked(`context must be the context of a Lambda function, got: ${shown(context)}`);
    }
  }

  public getRemainingTimeInMillis(): number {
    const ms = this.first ?? this.read() ?? 0;
    this.first = undefined;
    return ms;
  }

  private read(): number | undefined {
    try {
      const ms: unknown = this.context.getRemainingTimeInMillis();
      return typeof ms === 'number' && Number.isFinite(ms) ? ms : undefined;
    } catch {
      return undefined;
    }
  }
}
