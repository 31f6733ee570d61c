/** A JSON value as its text, which is passed on as it was written: with all digits of its numbers. */
export class JsonText {
  /** @param text valid JSON */
  public constructor(public readonly text: string) {}
}
