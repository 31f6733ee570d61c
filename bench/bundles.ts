import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type BundleOptions, Source } from 'cdk-katamari';

/**
 * Bundles a handler as for a function of a group.
 *
 * @param entry absolute path of the module
 * @returns the folder of the bundle, with its `index.js`
 */
export function bundle(entry: string, tracked: boolean, options: BundleOptions = {}): string {
  // For the Node.js of the benchmark.
  const runtime = new lambda.Runtime(`nodejs${process.versions.node.split('.')[0]}.x`, lambda.RuntimeFamily.NODEJS);
  const scope = new Stack(new App(), 'Bench');
  const { code } = Source.typescript(entry, options).bind(scope, {
    runtime,
    architecture: lambda.Architecture.ARM_64,
    wrapHandler: tracked,
  });
  return (code as lambda.AssetCode).path;
}
