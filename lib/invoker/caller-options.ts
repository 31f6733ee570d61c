/** What a caller may call. */
export interface AdapterCallerOptions {
  /**
   * Names of the modules, which may be added later. A module can't be called by its own function.
   *
   * @default - every module of the invoker
   */
  readonly modules?: string[];
}
