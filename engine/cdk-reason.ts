/** Lines to show of an output that names no error. */
const TAIL_LINES = 12;
/** `Error: …`, `ValidationError: …`, `my.module.SomeException: …` */
const ERROR_LINE = /^(?:Uncaught )?(?:[\w$]+\.)*[\w$]*(?:Error|Exception|Exit)\b(?: \[[\w-]+\])?: \S/;
const STACK_LINE = /^\s+at |^Node\.js v\d|^\s*\[?Symbol\(|^Traceback /;
/** Lines that the CDK adds when the app fails: the app's own output has the reason. */
const CDK_WRAPPER = /Subprocess exited with error|^Synthesis failed|Successfully synthesized|^\s*$/;

/** A line that says that a stack failed, without the reason. */
const FAILED_STACK = /^\S+ failed to deploy$/;
/** What MiniStack says of a template with resource types that it does not know. */
const UNKNOWN_TYPES = /Unrecognized resource types: \[[^\]]*\]/;

/** The error of an app that does not synthesize, without its stack trace. */
export function synthReason(stderr: string, stdout = ''): string {
  const lines = `${stderr}\n${stdout}`.split('\n').map((line) => line.trimEnd());
  const annotations = lines.filter((line) => /^\[Error at /.test(line));
  if (annotations.length > 0) return annotations.join('\n');
  const start = lines.findIndex((line) => ERROR_LINE.test(line) && !CDK_WRAPPER.test(line));
  if (start >= 0) {
    const length = lines.slice(start).findIndex((line) => STACK_LINE.test(line) || CDK_WRAPPER.test(line.trim() || 'x'));
    return lines
      .slice(start, length < 0 ? undefined : start + length)
      .join('\n')
      .replace(/^(?:Uncaught )?Error: /, '')
      .trim();
  }
  return (
    lines
      .filter((line) => !CDK_WRAPPER.test(line) && !STACK_LINE.test(line))
      .slice(-TAIL_LINES)
      .join('\n')
      .trim() || 'no output'
  );
}

/** The error of a CDK command that failed by itself, without its stack trace. */
export function toolReason(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !STACK_LINE.test(` ${line}`));
  const failed = lines
    .map((line) => line.replace(/^[❌‣•]\s*/u, (mark) => (mark.startsWith('❌') ? mark : '')))
    .filter((line) => /^❌|^(?:\w*Error|\w*Exception): /.test(line))
    .map((line) => line.replace(/^❌\s*/, ''));
  const reasons = failed.filter((line) => !FAILED_STACK.test(line));
  const shown =
    [...new Set(reasons.length > 0 ? reasons : failed)].join('\n') || lines.slice(-TAIL_LINES).join('\n') || 'no output';
  return shown.replace(
    UNKNOWN_TYPES,
    '$&\nMiniStack does not know these types. Leave them out of a local deploy: create them only if the context katamari:local is not set.',
  );
}
