// The functions, one program in three modes, each with no more than it needs: the API, the processor of the queue, and the compactor,
// which sums the days that are over.

import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { apiPaths } from '../edge/paths.mjs';
import { type Data, processorTimeout } from './data.js';
import type { Settings } from './settings.js';

// The partition of the items that mark a day which something came late for: docs/cloud.md, "The table".
const marks = 'D#';

interface Size {
  readonly memory: number;
  readonly timeout: Duration;
  readonly reservedConcurrentExecutions?: number;
  readonly retryAttempts?: number; // of runs that nobody waits for
}

export class Functions extends Construct {
  readonly api: lambda.Function;
  readonly processor: lambda.Function;
  readonly compactor: lambda.Function;
  readonly http: apigateway.HttpApi | undefined; // where `api` is `gateway`
  readonly apiHost: string; // which only CloudFront is meant to ask

  constructor(scope: Construct, settings: Settings, data: Data) {
    super(scope, 'functions');
    const lean = settings.profile === 'lean';
    const { table, queue } = data;

    this.api = this.makeFunction('api', settings, data, {
      // Processor time comes with memory: less would be as cheap for a view, which waits, and slow for a chart, which reckons.
      memory: 512,
      timeout: Duration.seconds(10),
      ...(settings.api === 'url' ? { reservedConcurrentExecutions: settings.concurrency } : {}),
    });
    this.allow(this.api, ['sqs:SendMessage'], [queue.queueArn]);
    this.allow(this.api, ['dynamodb:GetItem', 'dynamodb:Query'], [table.tableArn, ...data.indexes.map((name) => `${table.tableArn}/index/${name}`)]);
    // Counters that are answered at once, what is known when it comes again, settings and keys.
    this.allow(this.api, ['dynamodb:PutItem', 'dynamodb:UpdateItem'], [table.tableArn]);

    this.processor = this.makeFunction('processor', settings, data, { memory: 512, timeout: processorTimeout });
    // It puts, and asks for nothing: what it is given twice has the same key, or is told apart by whoever reads it.
    this.allow(this.processor, ['dynamodb:BatchWriteItem'], [table.tableArn]);
    this.processor.addEventSource(new SqsEventSource(queue, {
      // Fuller batches take fewer runs and fewer, fuller packs; a shorter wait shows a visit sooner.
      batchSize: lean ? 1000 : 100,
      maxBatchingWindow: Duration.seconds(lean ? 20 : 1),
      reportBatchItemFailures: true,
      // A flood waits in the queue, it does not become a bill.
      maxConcurrency: 10,
    }));

    this.compactor = this.makeCompactor(settings, data);

    if (settings.api === 'url') {
      // An address of the function's own costs nothing, where the gateway costs a dollar a million. It is as public as the gateway's,
      // and the function believes the edge's signature alone. Instead of a rate, functions at once are what bounds a flood.
      const url = this.api.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE });
      this.apiHost = Fn.select(2, Fn.split('/', url.url));
    } else {
      this.http = this.makeGateway(settings);
      this.apiHost = `${this.http.apiId}.execute-api.${Stack.of(this).region}.${Stack.of(this).urlSuffix}`;
    }
  }

  private makeCompactor(settings: Settings, data: Data): lambda.Function {
    const { table, deadLetters } = data;
    // A day is held in memory while it is summed, of the largest 2 GB. What failed is asked for again within the hour: no need to try
    // twice.
    const compactor = this.makeFunction('compactor', settings, data, { memory: 3008, timeout: Duration.minutes(5), retryAttempts: 0 });
    this.allow(compactor, ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:BatchWriteItem'], [table.tableArn]);
    new events.Rule(this, 'hourly', {
      description: 'Footfall: sums the days that are over',
      schedule: events.Schedule.cron({ minute: '35' }),
      targets: [new LambdaFunction(compactor, { maxEventAge: Duration.minutes(30), retryAttempts: 2 })],
    });

    const stream = table.tableStreamArn;
    if (stream === undefined) throw new Error('the table has no stream');
    this.allow(compactor, ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'], [stream]);
    this.allow(compactor, ['sqs:SendMessage'], [deadLetters.queueArn]);
    compactor.addEventSourceMapping('marks', {
      eventSourceArn: stream,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      // Of every row and pack the stream has a record: those that are no marks are left out before they cost a run.
      filters: [lambda.FilterCriteria.filter({
        eventName: lambda.FilterRule.or('INSERT', 'MODIFY'),
        dynamodb: { Keys: { pk: { S: lambda.FilterRule.beginsWith(marks) } } },
      })],
      batchSize: 100,
      // A late day is often marked many times in a row: a minute's marks are one sum.
      maxBatchingWindow: Duration.minutes(1),
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // Until the schedule sums the day anyway.
      retryAttempts: 10,
      maxRecordAge: Duration.hours(2),
      onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
    });
    return compactor;
  }

  private makeGateway(settings: Settings): apigateway.HttpApi {
    const http = new apigateway.HttpApi(this, 'http', { apiName: `${settings.name}-api`, createDefaultStage: false });
    http.addStage('stage', {
      stageName: '$default',
      autoDeploy: true,
      // What a flood may cost: beyond this, requests are answered 429 and reach no function.
      throttle: { rateLimit: settings.rate, burstLimit: 2 * settings.rate },
    });
    const integration = new HttpLambdaIntegration('handler', this.api);
    for (const path of apiPaths) {
      http.addRoutes({ path: path.replace('*', '{proxy+}'), methods: [apigateway.HttpMethod.ANY], integration });
    }
    return http;
  }

  private makeFunction(mode: string, settings: Settings, data: Data, size: Size): lambda.Function {
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
      ...(size.reservedConcurrentExecutions === undefined ? {} : { reservedConcurrentExecutions: size.reservedConcurrentExecutions }),
      ...(size.retryAttempts === undefined ? {} : { retryAttempts: size.retryAttempts }),
      role,
      logGroup,
      description: `Footfall: ${mode}`,
      environment: {
        FOOTFALL_MODE: mode,
        FOOTFALL_SITE: settings.site,
        FOOTFALL_PROFILE: settings.profile,
        FOOTFALL_TABLE: data.table.tableName,
        ...(settings.days === undefined ? {} : { FOOTFALL_ROW_DAYS: String(settings.days) }),
        // The API has an address of its own: who does not come by the edge is refused.
        ...(mode === 'api' ? { FOOTFALL_QUEUE_URL: data.queue.queueUrl, FOOTFALL_EDGE: 'required' } : {}),
      },
    });
  }

  private allow(fn: lambda.Function, actions: string[], resources: string[]): void {
    fn.addToRolePolicy(new iam.PolicyStatement({ actions, resources }));
  }
}
