/** Module format of a bundle. */
export enum BundleFormat {
  /** CommonJS, in `index.js`. */
  CJS = 'cjs',

  /** ES module, in `index.mjs`. It can have `await` at the top level. */
  ESM = 'esm',
}
