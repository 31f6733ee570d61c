import { RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { RUN_RETENTION_DAYS } from '../limits/constants';
import { requireIntegerBetween } from '../private/errors';
import { refuseUnknownOptions } from '../private/unknown-options';
import {
  BY_START_INDEX,
  BY_START_PARTITION_KEY,
  BY_START_SORT_KEY,
  DEFAULT_RUN_RETENTION_DAYS,
  ENV_RUN_RETENTION_DAYS,
  ENV_RUN_TABLE,
  PARTITION_KEY,
  SORT_KEY,
  TTL_ATTRIBUTE,
} from './constants';

/** Table with a record of every run. */
export interface IRunTable extends IConstruct {
  /** DynamoDB table. */
  readonly table: dynamodb.ITable;

  /**
   * Lets a function record its runs in the table: sets the environment variables and grants the permission.
   *
   * @param grantee principal of the function that gets the permission; by default its role
   */
  addTo(fn: lambda.Function, grantee?: iam.IGrantable): iam.Grant;

  /** Allows a grantee to record runs: to read and write single items of the table. */
  grantRecord(grantee: iam.IGrantable): iam.Grant;
}

/** Properties of a run table. */
export interface RunTableProps {
  /**
   * Days that the record of a run is kept after its start: 1 to 3,650. DynamoDB deletes it within a few days after that.
   *
   * @default 30
   */
  readonly retentionDays?: number;

  /**
   * Removal policy of the table, applied when the stack is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Table with a record of every run of a group's functions, their leases, and the state of the group's ticker. */
export class RunTable extends Construct implements IRunTable {
  /** DynamoDB table. */
  public readonly table: dynamodb.ITable;
  private readonly retentionDays: number;

  public constructor(scope: Construct, id: string, props: RunTableProps = {}) {
    super(scope, id);
    refuseUnknownOptions('a RunTable', props, { retentionDays: true, removalPolicy: true }, this);
    requireIntegerBetween('retentionDays', props.retentionDays, RUN_RETENTION_DAYS.min, RUN_RETENTION_DAYS.max, this);
    this.retentionDays = props.retentionDays ?? DEFAULT_RUN_RETENTION_DAYS;
    const table = new dynamodb.Table(this, 'Resource', {
      partitionKey: { name: PARTITION_KEY, type: dynamodb.AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: TTL_ATTRIBUTE,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    table.addGlobalSecondaryIndex({
      indexName: BY_START_INDEX,
      partitionKey: { name: BY_START_PARTITION_KEY, type: dynamodb.AttributeType.STRING },
      sortKey: { name: BY_START_SORT_KEY, type: dynamodb.AttributeType.STRING },
    });
    this.table = table;
  }

  /**
   * Lets a function record its runs in the table: sets the environment variables and grants the permission.
   *
   * @param grantee principal of the function that gets the permission; by default its role
   */
  public addTo(fn: lambda.Function, grantee?: iam.IGrantable): iam.Grant {
    fn.addEnvironment(ENV_RUN_TABLE, this.table.tableName);
    fn.addEnvironment(ENV_RUN_RETENTION_DAYS, Tokenization.stringifyNumber(this.retentionDays));
    return this.grantRecord(grantee ?? fn);
  }

  /** Allows a grantee to record runs: to read and write single items of the table. */
  public grantRecord(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      resourceArns: [this.table.tableArn],
    });
  }
}
