/** A resource of a stack that is deployed. */
export interface DeployedResource {
  readonly type: string;
  /** What `Ref` gives. */
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
 * The text that a value of a template stands for, once it is deployed.
 *
 * @returns undefined for a value that only CloudFormation can tell
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
  const pseudo = new Map([
    ['AWS::Region', region],
    ['AWS::AccountId', account],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
  ]);
  return pseudo.get(name) ?? resources.get(name)?.physicalId;
}

function resolveAttribute(logicalId: string, attribute: string, values: StackValues): string | undefined {
  const resource = values.resources.get(logicalId);
  if (!resource) return undefined;
  const { type, physicalId } = resource;
  const arn = (service: string, name: string) => `arn:aws:${service}:${values.region}:${values.account}:${name}`;
  // The physical id of a queue is its URL, that of a topic its ARN.
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
