// Where visits rest and wait: the table, the queue before it, and the queue of what cannot be processed.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from './settings.js';

// A message that failed this often is kept apart, so that it holds up nobody.
export const receivesMax = 5;
export const processorTimeout = Duration.seconds(30);

export class Data extends Construct {
  readonly table: dynamodb.TableV2;
  readonly indexes: string[]; // their names; none in the lean profile
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, settings: Settings) {
    super(scope, 'data');
    const text = dynamodb.AttributeType.STRING;
    const index = (indexName: string, partition: string): dynamodb.GlobalSecondaryIndexPropsV2 => ({
      indexName,
      partitionKey: { name: partition, type: text },
      sortKey: { name: 'ts', type: dynamodb.AttributeType.NUMBER },
    });
    // An item without the attribute stands in no index: packs, sums and settings cost none of these writes. The lean profile has
    // packs alone, and no rows to be looked up.
    const indexes = settings.profile === 'full' ? [index('by-ip', 'g1'), index('by-path', 'g2'), index('by-session', 'g3')] : [];
    this.indexes = indexes.map(({ indexName }) => indexName);
    this.table = new dynamodb.TableV2(this, 'visits', {
      tableName: `${settings.name}-visits`,
      partitionKey: { name: 'pk', type: text },
      sortKey: { name: 'sk', type: text },
      billing: dynamodb.Billing.onDemand(),
      ...(indexes.length > 0 ? { globalSecondaryIndexes: indexes } : {}),
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Tells the compactor of days that something came late for; who they are is in their keys.
      dynamoStream: dynamodb.StreamViewType.KEYS_ONLY,
      encryption: dynamodb.TableEncryptionV2.dynamoOwnedKey(),
      deletionProtection: settings.keep,
      removalPolicy: settings.keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });

    const common = {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // What is waiting here was answered 2xx: it must not go with a stack that was taken down by mistake.
      removalPolicy: settings.keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    this.deadLetters = new sqs.Queue(this, 'dead-letters', common);
    this.queue = new sqs.Queue(this, 'queue', {
      ...common,
      // Lambda asks for six times the function's own time, so that a batch that is still at work is not given out again.
      visibilityTimeout: Duration.seconds(6 * processorTimeout.toSeconds()),
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: receivesMax },
    });
  }
}
