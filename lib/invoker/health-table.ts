import { Lazy, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { PARTITION_KEY, SORT_KEY } from '../runs/constants';

/**
 * Creates a table for the health of modules.
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
 * Allows a caller to read and update the health of its modules: exactly the items of those modules.
 *
 * @param partitions produces the partition keys of the modules at synth
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
