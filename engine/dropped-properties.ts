import { CloudFormationClient, paginateListExports, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { DescribeTimeToLiveCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { type AssemblyStack, environmentOfStack, type TemplateResource } from './assembly';
import { type ClientSettings, sdkSettings } from './client-settings';
import type { Environment } from './ministack';
import { type DeployedResource, resolveValue, type StackValues } from './template-values';

/** A property that MiniStack's CloudFormation drops, though its APIs support it. */
type DroppedProperty =
  | { readonly kind: 'timeToLive'; readonly table: string; readonly attribute: string }
  | { readonly kind: 'deadLetter'; readonly functionName: string; readonly targetArn: string }
  | { readonly kind: 'concurrency'; readonly functionName: string; readonly limit: number };

/**
 * Sets the properties that MiniStack's CloudFormation drops, by API, and resets those that a stack no longer has.
 *
 * @param previous the stacks of the deploy before
 */
export async function applyDroppedProperties(
  stacks: readonly AssemblyStack[],
  settings: ClientSettings,
  environment: Environment,
  previous: readonly AssemblyStack[] = [],
): Promise<void> {
  const regionOf = (stack: AssemblyStack) => environmentOfStack(stack, environment).region;
  for (const region of new Set(stacks.map(regionOf))) {
    const ofRegion = stacks.filter((stack) => regionOf(stack) === region);
    await applyInRegion(ofRegion, { ...settings, region }, { ...environment, region }, previous);
  }
}

async function applyInRegion(
  stacks: readonly AssemblyStack[],
  settings: ClientSettings,
  { account, region }: Environment,
  previous: readonly AssemblyStack[],
): Promise<void> {
  const cloudFormation = new CloudFormationClient(sdkSettings(settings));
  const dynamo = new DynamoDBClient(sdkSettings(settings));
  const lambda = new LambdaClient(sdkSettings(settings));
  const exported = await readExports(cloudFormation);
  for (const { stackName, template } of stacks) {
    const resources = await readResources(cloudFormation, stackName);
    const values = { resources, exported, region, account };
    const properties = droppedProperties(template.Resources ?? {}, values);
    for (const property of properties) await apply(property, dynamo, lambda);
    const before = previous.find((stack) => stack.stackName === stackName)?.template.Resources ?? {};
    const kept = new Set(properties.map(identityOf));
    for (const property of droppedProperties(before, values)) {
      if (!kept.has(identityOf(property))) await reset(property, dynamo, lambda);
    }
  }
}

/** The dropped properties of a template, with the deployed names of their resources. */
export function droppedProperties(
  templateResources: Readonly<Record<string, TemplateResource>>,
  values: StackValues,
): DroppedProperty[] {
  return Object.entries(templateResources).flatMap(([logicalId, { Type, Properties = {} }]) => {
    const physicalId = values.resources.get(logicalId)?.physicalId;
    // The condition of the resource is false.
    if (!physicalId) return [];
    if (Type === 'AWS::DynamoDB::Table' || Type === 'AWS::DynamoDB::GlobalTable') return ofTable(physicalId, Properties);
    return Type === 'AWS::Lambda::Function' ? ofFunction(physicalId, Properties, values) : [];
  });
}

function ofTable(table: string, properties: Readonly<Record<string, unknown>>): DroppedProperty[] {
  const { AttributeName, Enabled } = (properties.TimeToLiveSpecification ?? {}) as { AttributeName?: string; Enabled?: boolean };
  return AttributeName && Enabled !== false ? [{ kind: 'timeToLive', table, attribute: AttributeName }] : [];
}

function ofFunction(functionName: string, properties: Readonly<Record<string, unknown>>, values: StackValues): DroppedProperty[] {
  const found: DroppedProperty[] = [];
  const target = resolveValue((properties.DeadLetterConfig as { TargetArn?: unknown } | undefined)?.TargetArn, values);
  if (target) found.push({ kind: 'deadLetter', functionName, targetArn: target });
  const limit = properties.ReservedConcurrentExecutions;
  if (typeof limit === 'number') found.push({ kind: 'concurrency', functionName, limit });
  return found;
}

async function apply(property: DroppedProperty, dynamo: DynamoDBClient, lambda: LambdaClient): Promise<void> {
  if (property.kind === 'timeToLive') {
    const { table: TableName, attribute: AttributeName } = property;
    const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }));
    if (TimeToLiveDescription?.TimeToLiveStatus === 'ENABLED' && TimeToLiveDescription.AttributeName === AttributeName) return;
    await dynamo.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled: true } }));
  } else if (property.kind === 'deadLetter') {
    const { functionName: FunctionName, targetArn: TargetArn } = property;
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig: { TargetArn } }));
  } else {
    const { functionName: FunctionName, limit: ReservedConcurrentExecutions } = property;
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  }
}

/** Names a property of one resource, whatever its value. */
function identityOf(property: DroppedProperty): string {
  return `${property.kind} ${property.kind === 'timeToLive' ? property.table : property.functionName}`;
}

async function reset(property: DroppedProperty, dynamo: DynamoDBClient, lambda: LambdaClient): Promise<void> {
  if (property.kind === 'timeToLive') {
    const { table: TableName, attribute: AttributeName } = property;
    await dynamo.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled: false } }));
  } else if (property.kind === 'deadLetter') {
    const { functionName: FunctionName } = property;
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig: { TargetArn: '' } }));
  } else {
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: property.functionName }));
  }
}

async function readExports(client: CloudFormationClient): Promise<Map<string, string>> {
  const exported = new Map<string, string>();
  for await (const { Exports = [] } of paginateListExports({ client }, {})) {
    for (const { Name, Value } of Exports) if (Name && Value) exported.set(Name, Value);
  }
  return exported;
}

async function readResources(client: CloudFormationClient, StackName: string): Promise<Map<string, DeployedResource>> {
  const resources = new Map<string, DeployedResource>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    for (const {
      LogicalResourceId = '',
      ResourceType: type = '',
      PhysicalResourceId: physicalId = '',
    } of StackResourceSummaries) {
      resources.set(LogicalResourceId, { type, physicalId });
    }
  }
  return resources;
}
