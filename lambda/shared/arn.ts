import { type ARN, parse, validate } from '@aws-sdk/util-arn-parser';

/** The parts of an ARN; undefined when the text is not an ARN. */
export function parseArn(text: string): ARN | undefined {
  return validate(text) ? parse(text) : undefined;
}
