import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import {
  BY_DAY_INDEX,
  BY_DAY_PARTITION_KEY,
  BY_DAY_SORT_KEY,
  ENV_ITEM_TABLE,
  PARTITION_KEY,
  SORT_KEY,
  TTL_ATTRIBUTE,
} from '../examples/feeds/names';

/** Table of feed items and digests. */
export class FeedStore extends Construct {
  private readonly table: dynamodb.Table;

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new dynamodb.Table(this, 'Resource', {
      partitionKey: { name: PARTITION_KEY, type: dynamodb.AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: TTL_ATTRIBUTE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Every item can be pulled again.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: BY_DAY_INDEX,
      partitionKey: { name: BY_DAY_PARTITION_KEY, type: dynamodb.AttributeType.STRING },
      sortKey: { name: BY_DAY_SORT_KEY, type: dynamodb.AttributeType.STRING },
    });
  }

  /** Gives a function the environment variable and the permission to store items. */
  public storeItemsFrom(fn: lambda.Function): iam.Grant {
    return this.grant(fn, ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [this.table.tableArn]);
  }

  /** Gives a function the environment variable and the permissions to read items and store digests. */
  public digestBy(fn: lambda.Function): iam.Grant {
    return this.grant(fn, ['dynamodb:BatchGetItem', 'dynamodb:PutItem'], [this.table.tableArn]).combine(
      this.grant(fn, ['dynamodb:Query'], [`${this.table.tableArn}/index/${BY_DAY_INDEX}`]),
    );
  }

  private grant(fn: lambda.Function, actions: string[], resourceArns: string[]): iam.Grant {
    fn.addEnvironment(ENV_ITEM_TABLE, this.table.tableName);
    return iam.Grant.addToPrincipal({ grantee: fn, actions, resourceArns });
  }
}
