// The functions, one program in three modes, each with no more than it needs: the API, the processor of the queue, and
// the compactor that keeps the counts.

import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Data, processorTimeout } from './data.js';
import type { Settings } from './settings.js';

// Paths that Footfall answers; all others are files of the site. CloudFront's behaviors and the API's routes are made of these.
export const apiPaths = ['/api/*', '/counter/*', '/pixel.gif'];

export class Functions extends Construct {
  readonly api: lambda.Function;
  readonly processor: lambda.Function;
  readonly compactor: lambda.Function;
  readonly http: apigateway.HttpApi;

  constructor(scope: Construct, settings: Settings, data: Data) {
    super(scope, 'functions');
    const lean = settings.profile === 'lean';
    const { table, queue } = data;

    this.api = this.makeFunction('api', settings, data, { memory: 256, timeout: Duration.seconds(10) });
    this.allow(this.api, ['sqs:SendMessage'], [queue.queueArn]);
    this.allow(this.api, ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'], [table.tableArn, ...data.indexes.map((name) => `${table.tableArn}/index/${name}`)]);
    // Counters that are answered at once, replies to retries, settings. Rows are the processor's.
    this.allow(this.api, ['dynamodb:PutItem', 'dynamodb:UpdateItem'], [table.tableArn]);

    this.processor = this.makeFunction('processor', settings, data, { memory: 512, timeout: processorTimeout });
    this.allow(this.processor, ['dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'], [table.tableArn]);
    this.processor.addEventSource(new SqsEventSource(queue, {
      // Fewer and fuller batches make fewer segments; a shorter wait shows a visit sooner.
      batchSize: lean ? 1000 : 100,
      maxBatchingWindow: Duration.seconds(lean ? 20 : 1),
      reportBatchItemFailures: true,
      // A flood waits in the queue, it does not become a bill.
      maxConcurrency: 10,
    }));

    this.compactor = this.makeFunction('compactor', settings, data, { memory: 512, timeout: Duration.minutes(lean ? 5 : 1) });
    this.allow(this.compactor, ['dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'], [table.tableArn]);
    if (lean) {
      new events.Rule(this, 'compact', {
        schedule: events.Schedule.rate(Duration.minutes(5)),
        targets: [new targets.LambdaFunction(this.compactor, { retryAttempts: 0 })],
      });
    } else {
      this.compactor.addEventSource(new DynamoEventSource(table, {
        startingPosition: lambda.StartingPosition.TRIM_HORIZON,
        batchSize: 1000,
        maxBatchingWindow: Duration.seconds(1),
        // One at a time a shard: a counter is fenced by the sequence number of the shard it was counted from.
        parallelizationFactor: 1,
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        filters: [lambda.FilterCriteria.filter({
          eventName: lambda.FilterRule.isEqual('INSERT'),
          dynamodb: { Keys: { pk: { S: lambda.FilterRule.beginsWith('V#') } } },
        })],
      }));
    }

    this.http = new apigateway.HttpApi(this, 'http', { apiName: `${settings.name}-api`, createDefaultStage: false });
    this.http.addStage('stage', {
      stageName: '$default',
      autoDeploy: true,
      // What a flood may cost: beyond this, requests are answered 429 and reach no function.
      throttle: { rateLimit: settings.rate, burstLimit: 2 * settings.rate },
    });
    const integration = new HttpLambdaIntegration('handler', this.api);
    for (const path of apiPaths) {
      this.http.addRoutes({ path: path.replace('*', '{proxy+}'), methods: [apigateway.HttpMethod.ANY], integration });
    }
  }

  // The API's host, which only CloudFront is meant to ask.
  get apiHost(): string {
    const stack = Stack.of(this);
    return `${this.http.apiId}.execute-api.${stack.region}.${stack.urlSuffix}`;
  }

  private makeFunction(mode: string, settings: Settings, data: Data, size: { memory: number; timeout: Duration }): lambda.Function {
    const logGroup = new logs.LogGroup(this, `${mode}-log`, { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    const role = new iam.Role(this, `${mode}-role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    return new lambda.Function(this, mode, {
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: settings.arch === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      handler: 'bootstrap',
      code: lambda.Code.fromAsset(settings.code),
      memorySize: size.memory,
      timeout: size.timeout,
      role,
      logGroup,
      description: `Footfall: ${mode}`,
      environment: {
        FOOTFALL_MODE: mode,
        FOOTFALL_SITE: settings.site,
        FOOTFALL_PROFILE: settings.profile,
        FOOTFALL_TABLE: data.table.tableName,
        ...(mode === 'api' ? { FOOTFALL_QUEUE_URL: data.queue.queueUrl } : {}),
      },
    });
  }

  private allow(fn: lambda.Function, actions: string[], resources: string[]): void {
    fn.addToRolePolicy(new iam.PolicyStatement({ actions, resources }));
  }
}
