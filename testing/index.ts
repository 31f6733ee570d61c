export { type LambdaContext, type LambdaContextOptions, lambdaContext } from './lambda-context';
export { skipBundling } from './skip-bundling';
export { maskAssetHashes, templateSnapshot } from './template-snapshot';
