// The functions, one program in two modes, each with no more than it needs: the API, and the processor of the queue.

import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { apiPaths } from '../edge/paths.mjs';
import { type Data, processorTimeout } from './data.js';
import type { Settings } from './settings.js';

export class Functions extends Construct {
  readonly api: lambda.Function;
  readonly processor: lambda.Function;
  readonly http: apigateway.HttpApi | undefined; // none in the lean profile
  readonly apiHost: string; // which only CloudFront is meant to ask

  constructor(scope: Construct, settings: Settings, data: Data) {
    super(scope, 'functions');
    const lean = settings.profile === 'lean';
    const { table, queue } = data;

    this.api = this.makeFunction('api', settings, data, {
      memory: 256,
      timeout: Duration.seconds(10),
      ...(lean ? { reservedConcurrentExecutions: settings.concurrency } : {}),
    });
    this.allow(this.api, ['sqs:SendMessage'], [queue.queueArn]);
    this.allow(this.api, ['dynamodb:GetItem', 'dynamodb:Query'], [table.tableArn, ...data.indexes.map((name) => `${table.tableArn}/index/${name}`)]);
    // Counters that are answered at once, what is known when it comes again, settings and keys. Transactions take the same rights.
    this.allow(this.api, ['dynamodb:PutItem', 'dynamodb:UpdateItem'], [table.tableArn]);

    this.processor = this.makeFunction('processor', settings, data, { memory: 512, timeout: processorTimeout });
    // A row and what it counts are one transaction.
    this.allow(this.processor, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [table.tableArn]);
    this.processor.addEventSource(new SqsEventSource(queue, {
      // Fuller batches take fewer runs and fewer writes of counters; a shorter wait shows a visit sooner.
      batchSize: lean ? 1000 : 100,
      maxBatchingWindow: Duration.seconds(lean ? 20 : 1),
      reportBatchItemFailures: true,
      // A flood waits in the queue, it does not become a bill.
      maxConcurrency: 10,
    }));

    if (lean) {
      // An address of the function's own costs nothing, where the gateway is a tenth of the whole. It is as public as the gateway's,
      // and the function believes the edge's signature alone. Instead of a rate, functions at once are what bounds a flood.
      const url = this.api.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE });
      this.apiHost = Fn.select(2, Fn.split('/', url.url));
    } else {
      this.http = this.makeGateway(settings);
      this.apiHost = `${this.http.apiId}.execute-api.${Stack.of(this).region}.${Stack.of(this).urlSuffix}`;
    }
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

  private makeFunction(mode: string, settings: Settings, data: Data, size: { memory: number; timeout: Duration; reservedConcurrentExecutions?: number }): lambda.Function {
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
