/** Options of a caller. */
export interface AdapterCallerOptions {
  /**
   * Names of the modules that the caller may call. The modules may be added later. A function can't call a module that it is the
   * target of.
   *
   * @default - every module of the invoker
   */
  readonly modules?: string[];
}
