import { Lazy, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { PARTITION_KEY, SORT_KEY } from '../runs/constants';

/**
 * A table for the health of modules: a few counters for each.
 *
 * @internal
 */
export function newHealthTable(scope: Construct, removalPolicy = RemovalPolicy.DESTROY): dynamodb.ITable {
  return new dynamodb.Table(scope, 'Health', {
    partitionKey: { name: PARTITION_KEY, type: dynamodb.AttributeType.STRING },
    sortKey: { name: SORT_KEY, type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    removalPolicy,
  });
}

/**
 * Allows a caller to count calls of its modules, and to read their health: the items of those modules, and no others.
 *
 * @param partitions makes the partition keys of the modules, once all are known
 *
 * @internal
 */
export function grantHealth(table: dynamodb.ITable, grantee: iam.IGrantable, partitions: { produce(): string[] }): iam.Grant {
  table.encryptionKey?.grantEncryptDecrypt(grantee);
  return iam.Grant.addToPrincipal({
    grantee,
    actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    resourceArns: [table.tableArn],
    conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': Lazy.any(partitions) } },
  });
}
