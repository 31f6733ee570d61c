export { deployForTest } from './deploy-for-test';
export { TestDeploymentError } from './errors';
export { type LambdaContext, type LambdaContextOptions, lambdaContext } from './lambda-context';
export type { DeployForTestOptions, TestTarget } from './options';
export { skipBundling } from './skip-bundling';
export { maskAssetHashes, templateSnapshot } from './template-snapshot';
export type { TestDeployment } from './test-deployment';
