// What is deployed: the promises of the stack one by one, and then all of it as a snapshot.
//
// After a change that is meant: UPDATE_SNAPSHOTS=1 node --test cloud/test/stack.test.mjs, and read the difference.

import { App, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assembled, functions } from '../edge/assemble.mjs';
import { apiPaths, assetPaths } from '../edge/paths.mjs';
import { folder, pipeline, shapes, stackOf } from './stack_maker.mjs';

const resources = (template, type) => Object.values(template.findResources(type));
const one = (template, type, match = () => true) => {
  const found = resources(template, type).filter(({ Properties }) => match(Properties));
  assert.equal(found.length, 1, type);
  return found[0];
};
const policyOf = (template, mode) => {
  const name = Object.entries(template.findResources('AWS::IAM::Policy')).find(([id]) => id.includes(`${mode}role`));
  return name[1].Properties.PolicyDocument.Statement;
};
const actionsOf = (template, mode) => policyOf(template, mode).flatMap(({ Action }) => Action).sort();
const functionOf = (template, mode) => one(template, 'AWS::Lambda::Function', ({ Environment }) => Environment?.Variables.FOOTFALL_MODE === mode);

describe('The table', () => {
  test('is looked up by ip, by path and by session', () => {
    const { Properties: table } = one(stackOf('plain').template, 'AWS::DynamoDB::GlobalTable');
    assert.deepEqual(table.KeySchema.map(({ AttributeName }) => AttributeName), ['pk', 'sk']);
    assert.deepEqual(table.GlobalSecondaryIndexes.map(({ IndexName, KeySchema }) => [IndexName, ...KeySchema.map(({ AttributeName }) => AttributeName)]),
      [['by-ip', 'g1', 'ts'], ['by-path', 'g2', 'ts'], ['by-session', 'g3', 'ts']]);
    assert.equal(table.BillingMode, 'PAY_PER_REQUEST');
  });

  test('can be taken back to any second, forgets what has expired, and tells whose changes there were', () => {
    const { Properties: table } = one(stackOf('plain').template, 'AWS::DynamoDB::GlobalTable');
    assert.equal(table.Replicas[0].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, true);
    assert.deepEqual(table.TimeToLiveSpecification, { AttributeName: 'ttl', Enabled: true });
    assert.equal(table.StreamSpecification.StreamViewType, 'KEYS_ONLY');
  });

  test('outlives the stack, unless it was said that nothing needs to be kept', () => {
    for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::S3::Bucket']) {
      for (const resource of resources(stackOf('plain').template, type)) assert.equal(resource.DeletionPolicy, 'Retain', type);
      for (const resource of resources(stackOf('lean').template, type)) assert.equal(resource.DeletionPolicy, 'Delete', type);
    }
    const { Properties: table } = one(stackOf('plain').template, 'AWS::DynamoDB::GlobalTable');
    assert.equal(table.Replicas[0].DeletionProtectionEnabled, true);
    assert.equal(stackOf('plain').stack.terminationProtection, true);
    assert.equal(stackOf('lean').stack.terminationProtection, false);
  });

  test('has no index in the lean profile, where there are no rows to be looked up', () => {
    const { Properties: table } = one(stackOf('lean').template, 'AWS::DynamoDB::GlobalTable');
    assert.equal(table.GlobalSecondaryIndexes, undefined);
    assert.deepEqual(table.AttributeDefinitions.map(({ AttributeName }) => AttributeName), ['pk', 'sk']);
    assert.doesNotMatch(JSON.stringify(policyOf(stackOf('lean').template, 'api')), /index\//, 'nor a right to ask one');
  });
});

describe('The queue', () => {
  test('keeps apart what failed five times', () => {
    const { template } = stackOf('plain');
    const { Properties: queue } = one(template, 'AWS::SQS::Queue', ({ RedrivePolicy }) => RedrivePolicy !== undefined);
    assert.equal(queue.RedrivePolicy.maxReceiveCount, 5);
    for (const { Properties } of resources(template, 'AWS::SQS::Queue')) {
      assert.equal(Properties.MessageRetentionPeriod, 14 * 86_400);
      assert.equal(Properties.SqsManagedSseEnabled, true);
    }
  });

  test('gives a batch out again only when its function cannot be at work any more', () => {
    for (const shape of Object.keys(shapes)) {
      const { template } = stackOf(shape);
      const { Properties: queue } = one(template, 'AWS::SQS::Queue', ({ RedrivePolicy }) => RedrivePolicy !== undefined);
      assert.ok(queue.VisibilityTimeout >= 6 * functionOf(template, 'processor').Properties.Timeout);
    }
  });

  test('is drained in fuller batches in the lean profile, and sooner in the full one', () => {
    const source = (shape) => one(stackOf(shape).template, 'AWS::Lambda::EventSourceMapping', ({ ScalingConfig }) => ScalingConfig !== undefined).Properties;
    assert.deepEqual(['full', 'lean'].map((shape) => source(shape === 'full' ? 'plain' : shape)).map(({ BatchSize, MaximumBatchingWindowInSeconds }) => [BatchSize, MaximumBatchingWindowInSeconds]), [[100, 1], [1000, 20]]);
  });

  test('is drained in batches of which each message fails alone, and by a bounded number of functions', () => {
    const { Properties: source } = one(stackOf('plain').template, 'AWS::Lambda::EventSourceMapping', ({ ScalingConfig }) => ScalingConfig !== undefined);
    assert.deepEqual(source.FunctionResponseTypes, ['ReportBatchItemFailures']);
    assert.equal(source.ScalingConfig.MaximumConcurrency, 10);
    assert.ok(source.BatchSize > 10 && source.MaximumBatchingWindowInSeconds >= 1, 'more than ten take a window');
  });
});

describe('The functions', () => {
  test('are one program in three modes', () => {
    for (const [shape, arch] of [['plain', 'arm64'], ['lean', 'x86_64']]) {
      const { template } = stackOf(shape);
      const keys = new Set();
      for (const mode of ['api', 'processor', 'compactor']) {
        const { Properties } = functionOf(template, mode);
        assert.equal(Properties.Runtime, 'provided.al2023');
        assert.deepEqual(Properties.Architectures, [arch]);
        assert.equal(Properties.Environment.Variables.FOOTFALL_SITE, 'example.com');
        assert.equal(Properties.Environment.Variables.FOOTFALL_PROFILE, shape === 'lean' ? 'lean' : 'full');
        assert.ok(Properties.Environment.Variables.FOOTFALL_TABLE);
        assert.equal('FOOTFALL_QUEUE_URL' in Properties.Environment.Variables, mode === 'api');
        assert.equal(Properties.Environment.Variables.FOOTFALL_EDGE, mode === 'api' ? 'required' : undefined, 'nobody gets past the edge');
        assert.equal(Properties.Environment.Variables.FOOTFALL_ROW_DAYS, shape === 'lean' ? '90' : undefined);
        keys.add(JSON.stringify(Properties.Code));
      }
      assert.equal(keys.size, 1);
      assert.equal(resources(template, 'AWS::Lambda::Function').length, 3, 'and no others that somebody else wrote');
    }
  });

  test('may do what they must, and nothing else', () => {
    const { template } = stackOf('plain');
    const log = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    assert.deepEqual(actionsOf(template, 'api'), ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem', ...log, 'sqs:SendMessage']);
    assert.deepEqual(actionsOf(template, 'processor').filter((action) => action.startsWith('dynamodb')), ['dynamodb:BatchWriteItem']);
    assert.deepEqual(actionsOf(template, 'compactor'), [...['BatchWriteItem', 'DescribeStream', 'GetItem', 'GetRecords', 'GetShardIterator', 'ListStreams', 'PutItem', 'Query'].map((action) => `dynamodb:${action}`),
      ...log, 'sqs:SendMessage']);
    const letters = policyOf(template, 'compactor').find(({ Action }) => Action === 'sqs:SendMessage').Resource;
    assert.match(letters['Fn::GetAtt'][0], /deadletters/, 'what it says goes to the dead letters, not to the queue');
    for (const mode of ['api', 'processor', 'compactor']) {
      for (const { Action, Resource, Effect } of policyOf(template, mode)) {
        assert.equal(Effect, 'Allow');
        assert.ok(![Action].flat().some((action) => action.includes('*')), `${mode}: ${Action}`);
        assert.doesNotMatch(JSON.stringify(Resource), /\*/, `${mode}: ${Action}`);
      }
    }
    for (const { Properties } of resources(template, 'AWS::IAM::Role')) assert.equal(Properties.ManagedPolicyArns, undefined);
    assert.deepEqual(actionsOf(template, 'processor').filter((action) => action.startsWith('sqs:Send')), [], 'who drains the queue does not fill it');
    assert.deepEqual(actionsOf(template, 'api').filter((action) => /sqs:(Receive|Delete)/.test(action)), [], 'who fills it does not drain it');
  });

  test('keep a log for a month', () => {
    const groups = resources(stackOf('plain').template, 'AWS::Logs::LogGroup');
    assert.equal(groups.length, 3);
    for (const { Properties } of groups) assert.equal(Properties.RetentionInDays, 30);
  });
});

describe('The compactor', () => {
  test('is asked every hour, and takes long enough for a day', () => {
    const { template } = stackOf('plain');
    const { Properties } = functionOf(template, 'compactor');
    assert.deepEqual([Properties.MemorySize, Properties.Timeout, Properties.ReservedConcurrentExecutions], [3008, 300, undefined]);
    const { Properties: rule } = one(template, 'AWS::Events::Rule');
    assert.equal(rule.ScheduleExpression, 'cron(35 * * * ? *)');
    assert.equal(rule.Targets.length, 1);
    assert.match(JSON.stringify(rule.Targets[0].Arn), /compactor/);
    template.hasResourceProperties('AWS::Lambda::Permission', { Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  test('is told of late days by the table’s stream, and of nothing else', () => {
    for (const shape of Object.keys(shapes)) {
      const { Properties: source } = one(stackOf(shape).template, 'AWS::Lambda::EventSourceMapping', ({ ScalingConfig }) => ScalingConfig === undefined);
      assert.match(JSON.stringify(source.EventSourceArn), /StreamArn/);
      assert.deepEqual(source.FilterCriteria.Filters.map(({ Pattern }) => JSON.parse(Pattern)), [{ eventName: ['INSERT', 'MODIFY'], dynamodb: { Keys: { pk: { S: [{ prefix: 'D#' }] } } } }]);
      assert.deepEqual([source.BatchSize, source.MaximumBatchingWindowInSeconds, source.StartingPosition], [100, 60, 'TRIM_HORIZON']);
    }
  });

  test('says which day failed, is asked again so often, and then the others go on', () => {
    const { template } = stackOf('plain');
    const { Properties: source } = one(template, 'AWS::Lambda::EventSourceMapping', ({ ScalingConfig }) => ScalingConfig === undefined);
    assert.deepEqual(source.FunctionResponseTypes, ['ReportBatchItemFailures']);
    assert.equal(source.BisectBatchOnFunctionError, true);
    assert.deepEqual([source.MaximumRetryAttempts, source.MaximumRecordAgeInSeconds], [10, 7200]);
    assert.match(source.DestinationConfig.OnFailure.Destination['Fn::GetAtt'][0], /deadletters/);
  });
});

describe('The API', () => {
  test('by a gateway takes so many requests a second and no more', () => {
    const { Properties: stage } = one(stackOf('gateway').template, 'AWS::ApiGatewayV2::Stage');
    assert.deepEqual(stage.DefaultRouteSettings, { ThrottlingBurstLimit: 200, ThrottlingRateLimit: 100 });
  });

  test('is the function’s own address in both profiles, and so many functions at once', () => {
    for (const shape of ['plain', 'lean']) {
      const { template } = stackOf(shape);
      template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
      template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE' });
      const { Properties } = functionOf(template, 'api');
      assert.equal(Properties.ReservedConcurrentExecutions, 20);
      assert.equal(Properties.Environment.Variables.FOOTFALL_EDGE, 'required', 'as public as a gateway: the edge’s signature is what is believed');
      const { Origins } = one(template, 'AWS::CloudFront::Distribution').Properties.DistributionConfig;
      assert.match(JSON.stringify(Origins[1].DomainName), /"Fn::Split":\["\/",.*FunctionUrl/);
    }
  });

  test('by a gateway has no address of its own, and takes no functions away from the account', () => {
    const { template } = stackOf('gateway');
    template.resourceCountIs('AWS::Lambda::Url', 0);
    assert.equal(functionOf(template, 'api').Properties.ReservedConcurrentExecutions, undefined);
    const { Origins } = one(template, 'AWS::CloudFront::Distribution').Properties.DistributionConfig;
    assert.match(JSON.stringify(Origins[1].DomainName), /execute-api/);
  });

  test('by a gateway has the routes for which CloudFront asks it', () => {
    const { template } = stackOf('gateway');
    const { Properties: { DistributionConfig } } = one(template, 'AWS::CloudFront::Distribution');
    assert.deepEqual(resources(template, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey.replace('ANY ', '').replace('{proxy+}', '*')).sort(),
      DistributionConfig.CacheBehaviors.slice(0, apiPaths.length).map(({ PathPattern }) => PathPattern).sort(), 'before all others: the first that matches decides');
  });
});

describe('The distribution', () => {
  const distribution = (shape) => one(stackOf(shape).template, 'AWS::CloudFront::Distribution').Properties.DistributionConfig;
  const behaviors = (shape, paths) => distribution(shape).CacheBehaviors.filter(({ PathPattern }) => paths.includes(PathPattern));

  test('runs the edge functions of this folder, with their keys in the store and not in the template', () => {
    const { template } = stackOf('plain');
    const made = resources(template, 'AWS::CloudFront::Function').map(({ Properties }) => Properties);
    assert.deepEqual(made.map(({ FunctionCode }) => FunctionCode).sort(), Object.keys(functions).map(assembled).sort());
    for (const { FunctionConfig } of made) {
      assert.equal(FunctionConfig.Runtime, 'cloudfront-js-2.0');
      assert.equal(FunctionConfig.KeyValueStoreAssociations.length, 1);
    }
    assert.equal(one(template, 'AWS::CloudFront::KeyValueStore').Properties.ImportSource, undefined);
    const kinds = ({ FunctionAssociations }) => FunctionAssociations.map(({ EventType }) => EventType);
    assert.deepEqual(kinds(distribution('plain').DefaultCacheBehavior), ['viewer-request', 'viewer-response']);
    for (const behavior of behaviors('plain', apiPaths)) assert.deepEqual(kinds(behavior), ['viewer-request'], behavior.PathPattern);
    assert.equal(behaviors('plain', assetPaths).length, assetPaths.length);
    for (const behavior of behaviors('plain', assetPaths)) assert.equal(behavior.FunctionAssociations, undefined, `${behavior.PathPattern}: each run is paid for`);
  });

  test('alone reads the bucket', () => {
    const { template } = stackOf('plain');
    const { Properties: bucket } = one(template, 'AWS::S3::Bucket');
    assert.deepEqual(Object.values(bucket.PublicAccessBlockConfiguration), [true, true, true, true]);
    const statements = one(template, 'AWS::S3::BucketPolicy').Properties.PolicyDocument.Statement;
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    // To list it is what tells a file that is not there (404) from one that is forbidden (403).
    assert.deepEqual(allowed.flatMap(({ Action }) => Action).sort(), ['s3:GetObject', 's3:ListBucket']);
    for (const { Principal, Condition } of allowed) {
      assert.deepEqual(Principal, { Service: 'cloudfront.amazonaws.com' });
      assert.ok(Condition.StringEquals['AWS:SourceArn']);
    }
    assert.equal(distribution('plain').DefaultRootObject, 'index.html', 'or its front page would be the list');
    assert.ok(distribution('plain').Origins[0].OriginAccessControlId);
  });

  test('keeps nothing that the API answers, and hands it all that the visitor said but the host', () => {
    for (const behavior of behaviors('plain', apiPaths)) {
      assert.equal(behavior.CachePolicyId, '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', 'CachingDisabled');
      assert.equal(behavior.OriginRequestPolicyId, 'b689b0a8-53d0-40ab-baf2-68738e2966ac', 'AllViewerExceptHostHeader');
      assert.equal(behavior.ViewerProtocolPolicy, 'https-only');
      assert.ok(behavior.AllowedMethods.includes('POST'));
    }
    assert.equal(distribution('plain').DefaultCacheBehavior.ViewerProtocolPolicy, 'redirect-to-https');
  });

  test('changes nothing that the API refuses, and shows a page of its own for 404 only where one is named', () => {
    assert.equal(distribution('plain').CustomErrorResponses, undefined);
    assert.deepEqual(distribution('gateway').CustomErrorResponses, [{ ErrorCode: 404, ResponseCode: 404, ResponsePagePath: '/404.html', ErrorCachingMinTTL: 10 }]);
  });

  test('has a name and a certificate only where a domain is given', () => {
    const plain = stackOf('plain').template;
    for (const type of ['AWS::CertificateManager::Certificate', 'AWS::Route53::RecordSet']) plain.resourceCountIs(type, 0);
    assert.equal(distribution('plain').Aliases, undefined);
    assert.equal(distribution('plain').ViewerCertificate, undefined);

    const { template } = stackOf('domain');
    template.hasResourceProperties('AWS::CertificateManager::Certificate', { DomainName: 'www.example.com', ValidationMethod: 'DNS' });
    assert.deepEqual(resources(template, 'AWS::Route53::RecordSet').map(({ Properties }) => [Properties.Type, Properties.Name]).sort(), [['A', 'www.example.com.'], ['AAAA', 'www.example.com.']]);
    assert.deepEqual(distribution('domain').Aliases, ['www.example.com']);
    assert.equal(distribution('domain').ViewerCertificate.MinimumProtocolVersion, 'TLSv1.2_2021');
  });

  test('keeps access logs only where they are asked for', () => {
    assert.equal(distribution('plain').Logging, undefined);
    assert.equal(distribution('domain').Logging.IncludeCookies, false);
    stackOf('domain').template.hasResourceProperties('AWS::S3::Bucket', { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] } });
  });
});

describe('Who watches', () => {
  test('alarms for what is lost, late, failing or held back', () => {
    const alarms = resources(stackOf('domain').template, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
    const metrics = alarms.map(({ MetricName }) => MetricName);
    for (const name of ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage', 'Errors', 'Throttles', 'Url5xxCount', 'IteratorAge', 'WriteThrottleEvents', 'FunctionExecutionErrors', 'FunctionComputeUtilization']) {
      assert.ok(metrics.includes(name), name);
    }
    for (const alarm of alarms) {
      assert.equal(alarm.TreatMissingData, 'notBreaching', 'a quiet site is no alarm');
      assert.equal(alarm.AlarmActions.length, 1);
      assert.ok(alarm.AlarmDescription.length > 20);
    }
    stackOf('domain').template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'owner@example.com' });
  });

  test('without an address nobody is told, but the alarms are there', () => {
    const { template } = stackOf('plain');
    template.resourceCountIs('AWS::SNS::Topic', 0);
    template.resourceCountIs('AWS::Budgets::Budget', 0);
    assert.ok(resources(template, 'AWS::CloudWatch::Alarm').length > 10);
  });

  test('alarms for the edge stand in us-east-1, where its numbers are', () => {
    assert.ok(!resources(stackOf('lean').template, 'AWS::CloudWatch::Alarm').some(({ Properties }) => Properties.Namespace === 'AWS/CloudFront'));
  });

  test('a budget warns before and when it is spent', () => {
    stackOf('domain').template.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: { BudgetLimit: { Amount: 10, Unit: 'USD' }, TimeUnit: 'MONTHLY' },
      NotificationsWithSubscribers: Match.arrayWith([Match.objectLike({ Notification: { NotificationType: 'FORECASTED' } })]),
    });
  });

  test('there is one page of charts', () => stackOf('plain').template.resourceCountIs('AWS::CloudWatch::Dashboard', 1));
});

describe('The pipeline', () => {
  test('deploys by a role that only the workflow of this repository gets, in its environment, and no key is made', () => {
    const template = pipeline();
    template.resourceCountIs('AWS::IAM::User', 0);
    template.resourceCountIs('AWS::IAM::AccessKey', 0);
    const [statement] = one(template, 'AWS::IAM::Role').Properties.AssumeRolePolicyDocument.Statement;
    assert.equal(statement.Action, 'sts:AssumeRoleWithWebIdentity');
    assert.deepEqual(statement.Condition, { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com', 'token.actions.githubusercontent.com:sub': 'repo:owner/site:environment:production' } });
  });
});

describe('The rules of cdk-nag', () => {
  const findings = (app, stack) => new AwsSolutionsChecks(app).validateScope(stack).violations;

  test('are looked at', () => {
    const app = new App({ outdir: join(folder, 'out-nag') });
    const stack = new Stack(app, 'open');
    new sqs.Queue(stack, 'queue');
    assert.match(JSON.stringify(findings(app, stack)), /AwsSolutions-SQS3/);
  });

  for (const shape of Object.keys(shapes)) {
    test(`find nothing in the stack "${shape}" that has no reason`, () => assert.deepEqual(findings(stackOf(shape).app, stackOf(shape).stack), []));
  }
});

describe('As a whole', () => {
  // Names of assets are hashes of what is in them, and the code of the edge functions has tests of its own.
  const snapshotOf = (template) => `${JSON.stringify(template.toJSON(), (key, value) => {
    if (key === 'FunctionCode') return `${Object.keys(functions).find((name) => assembled(name) === value)}.js`;
    if (key === 'DashboardBody') return 'charts';
    return typeof value === 'string' ? value.replace(/[0-9a-f]{64}/g, 'HASH') : value;
  }, 1)}\n`;

  for (const [name, template] of [...Object.keys(shapes).map((shape) => [shape, () => stackOf(shape).template]), ['pipeline', pipeline]]) {
    test(`the stack "${name}" is what it was`, () => {
      const path = new URL(`snapshots/${name}.json`, import.meta.url);
      const now = snapshotOf(template());
      if (process.env.UPDATE_SNAPSHOTS) {
        mkdirSync(new URL('snapshots/', import.meta.url), { recursive: true });
        writeFileSync(path, now);
      }
      assert.ok(existsSync(path), 'no snapshot: UPDATE_SNAPSHOTS=1');
      assert.equal(now, readFileSync(path, 'utf8'));
    });
  }
});
