import { Duration, Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { OwnFunction } from '../function/own-function';
import type { IFailureRecorder } from '../runs/failure-recorder-ref';
import type { IRunTable } from '../runs/run-table';
import { ENV_DEAD_LETTER_QUEUE_URL } from './constants';

interface FailureRecorderProps {
  /** Run table of the functions. */
  readonly runTable: IRunTable;
  /** Dead-letter queue of the functions. */
  readonly deadLetterQueue: sqs.IQueue;
}

/**
 * Destination of the asynchronous invocations of functions that failed in every attempt, or that Lambda never started. It records
 * their runs as Failed where the run tracker could not: the function ran out of memory or time while it started, was throttled, or
 * the event got too old.
 *
 * @internal
 */
export class FailureRecorder extends Construct implements IFailureRecorder {
  /** Destination of the failed invocations. */
  public readonly destination: lambda.IDestination;
  private readonly fn: lambda.Function;
  private readonly statements = new Map<Stack, iam.PolicyStatement>();

  public constructor(scope: Construct, id: string, { runTable, deadLetterQueue }: FailureRecorderProps) {
    super(scope, id);
    this.fn = new OwnFunction(this, 'Record', {
      handler: 'failure-recorder',
      description: 'Records runs that could not start',
      timeout: Duration.seconds(30),
    });
    this.destination = { bind: () => ({ destination: this.fn.functionArn }) };
    runTable.addTo(this.fn);
    if (this.node.tryGetContext(CONTEXT_LOCAL)) {
      this.fn.addEnvironment(ENV_DEAD_LETTER_QUEUE_URL, deadLetterQueue.queueUrl);
      deadLetterQueue.grantSendMessages(this.fn);
    }
  }

  /** Allows a function to send its failed invocations to the destination, and the recorder to read the name of the function. */
  public addTo(fn: lambda.IFunction, grantee: iam.IGrantable = fn): iam.Grant {
    this.statementIn(Stack.of(fn)).addResources(fn.functionArn);
    return iam.Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: [this.fn.functionArn] });
  }

  /**
   * Statement that allows the recorder to read the names of the functions of a stack. It is in a policy of that stack, which the
   * recorder does not wait for: the functions wait for the recorder.
   */
  private statementIn(stack: Stack): iam.PolicyStatement {
    const known = this.statements.get(stack);
    if (known) return known;
    const statement = new iam.PolicyStatement({ actions: ['lambda:GetFunctionConfiguration'] });
    this.statements.set(stack, statement);
    const isOwn = stack === Stack.of(this);
    new iam.Policy(isOwn ? this : stack, isOwn ? 'ReadNames' : `ReadNames${Names.uniqueId(this)}`, {
      roles: [this.fn.role as iam.IRole],
      statements: [statement],
    });
    return statement;
  }
}
