import { CfnResource, DefaultTokenResolver, Reference, Stack, Stage, StringConcat, Token, Tokenization } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/** Text with names of pseudo parameters. */
interface FnSub {
  readonly 'Fn::Sub'?: string;
}

/** Services that deliver records by asynchronous invocations. */
const RECORD_SERVICES = ['logs.amazonaws.com', 's3.amazonaws.com', 'sns.amazonaws.com'];

/**
 * Refuses sources of records, whoever attaches them, for a function that records invocations as Skipped: the records of a skipped
 * batch would count as handled. They may invoke the function, a version or an alias.
 *
 * @internal
 */
export function skippedSourceErrors(fn: lambda.Function): string[] {
  const resources = fn.node.root.node.findAll().filter(CfnResource.isCfnResource);
  return resources
    .filter((resource) => {
      const invoked = invokedBy(resource);
      return invoked !== undefined && isFunction(fn, resource, invoked);
    })
    .map(
      (source) =>
        `Overlap.skip would drop the records that reach the function by ${source.node.path}; use Overlap.allow() or Overlap.queue(1)`,
    );
}

/** Name or ARN of the function that a source of records invokes; undefined for other resources. */
function invokedBy(resource: CfnResource): string | undefined {
  if (resource instanceof lambda.CfnEventSourceMapping) return resource.functionName;
  if (!(resource instanceof lambda.CfnPermission)) return undefined;
  return RECORD_SERVICES.includes(resource.principal) ? resource.functionName : undefined;
}

/** Whether a name or an ARN in a resource is that of a function, of one of its versions or of one of its aliases. */
function isFunction(fn: lambda.Function, resource: CfnResource, invoked: string): boolean {
  const own = fn.node.defaultChild as lambda.CfnFunction;
  if (refersTo(own, resource, invoked)) return true;
  // A name in another stage or environment is that of another function.
  const isNear = Stage.of(resource) === Stage.of(fn) && Stack.of(resource).environment === Stack.of(fn).environment;
  const name = own.functionName;
  if (name === undefined || !isNear) return false;
  const [wanted, found] = [name, invoked].map((text) => JSON.stringify(Stack.of(resource).resolve(text)));
  return wanted === found || (!Token.isUnresolved(name) && isNamed(name, textOf(resource, invoked).text));
}

function refersTo(own: IConstruct, scope: IConstruct, text: string): boolean {
  return textOf(scope, text).targets.some((target) => {
    if (target === own) return true;
    const isPart = target instanceof lambda.CfnVersion || target instanceof lambda.CfnAlias;
    return isPart && refersTo(own, target, target.functionName);
  });
}

function isNamed(name: string, text: string): boolean {
  return new RegExp(`^(?:.*:function:|\\d{12}:)?${name}(?::[^:]*)?$`).test(text);
}

/** Text without its references, and the resources that they refer to. */
function textOf(scope: IConstruct, text: string): { readonly text: string; readonly targets: readonly IConstruct[] } {
  const targets: IConstruct[] = [];
  class References extends DefaultTokenResolver {
    public override resolveToken(...[token, context, processor]: Parameters<DefaultTokenResolver['resolveToken']>): unknown {
      if (!Reference.isReference(token)) return super.resolveToken(token, context, processor);
      targets.push(token.target);
      return '';
    }
  }
  const resolved = Tokenization.resolve(text, { scope, resolver: new References(new StringConcat()) }) as string | FnSub;
  return { text: typeof resolved === 'string' ? resolved : String(resolved['Fn::Sub']), targets };
}
