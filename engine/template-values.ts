import { build } from '@aws-sdk/util-arn-parser';

/** A deployed resource of a stack. */
export interface DeployedResource {
  readonly type: string;
  /** What `Ref` returns. */
  readonly physicalId: string;
}

/** What the values of a template refer to. */
export interface StackValues {
  readonly resources: ReadonlyMap<string, DeployedResource>;
  /** Values that other stacks export, by name. */
  readonly exported: ReadonlyMap<string, string>;
  readonly region: string;
  readonly account: string;
}

/**
 * Resolves a value of a template as a deploy does.
 *
 * @returns undefined for a value that only CloudFormation can resolve
 */
export function resolveValue(value: unknown, values: StackValues): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return undefined;
  const [[operation, operand] = []] = Object.entries(value);
  if (operation === 'Ref' && typeof operand === 'string') return resolveRef(operand, values);
  if (operation === 'Fn::GetAtt') {
    const [logicalId, attribute] = Array.isArray(operand) ? operand : String(operand).split('.');
    return resolveAttribute(String(logicalId), String(attribute), values);
  }
  if (operation === 'Fn::ImportValue') {
    const name = resolveValue(operand, values);
    return name === undefined ? undefined : values.exported.get(name);
  }
  if (operation === 'Fn::Join' && Array.isArray(operand)) {
    const [separator, parts] = operand as [string, unknown[]];
    const texts = parts.map((part) => resolveValue(part, values));
    return texts.includes(undefined) ? undefined : texts.join(separator);
  }
  return undefined;
}

function resolveRef(name: string, { resources, region, account }: StackValues): string | undefined {
  const pseudoParameters = new Map([
    ['AWS::Region', region],
    ['AWS::AccountId', account],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
  ]);
  return pseudoParameters.get(name) ?? resources.get(name)?.physicalId;
}

function resolveAttribute(
  logicalId: string,
  attribute: string,
  { resources, region, account: accountId }: StackValues,
): string | undefined {
  const deployed = resources.get(logicalId);
  if (!deployed) return undefined;
  const { type, physicalId } = deployed;
  const arn = (service: string, resource: string) => build({ service, region, accountId, resource });
  // A queue's physical ID is its URL, and a topic's is its ARN.
  const name = physicalId.split('/').at(-1) ?? '';
  switch (`${type}.${attribute}`) {
    case 'AWS::SQS::Queue.Arn':
      return arn('sqs', name);
    case 'AWS::SQS::Queue.QueueName':
      return name;
    case 'AWS::SNS::Topic.TopicArn':
      return physicalId;
    case 'AWS::SNS::Topic.TopicName':
      return physicalId.split(':').at(-1);
    case 'AWS::Lambda::Function.Arn':
      return arn('lambda', `function:${physicalId}`);
    case 'AWS::DynamoDB::Table.Arn':
      return arn('dynamodb', `table/${physicalId}`);
    default:
      return undefined;
  }
}
