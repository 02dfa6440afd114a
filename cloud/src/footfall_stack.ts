// Footfall on AWS, whole: CloudFront, S3, Lambda, SQS and DynamoDB, and who watches over them.

import { Annotations, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import { Data } from './data.js';
import { Functions } from './functions.js';
import type { Settings } from './settings.js';
import { Site } from './site.js';
import { Watch } from './watch.js';

export class FootfallStack extends Stack {
  readonly data: Data;
  readonly functions: Functions;
  readonly site: Site;

  constructor(scope: Construct, settings: Settings) {
    super(scope, settings.name, {
      stackName: settings.name,
      env: { region: settings.region },
      description: `Footfall: counts who comes to ${settings.site}`,
      terminationProtection: settings.keep,
    });
    this.data = new Data(this, settings);
    this.functions = new Functions(this, settings, this.data);
    this.site = new Site(this, settings, this.functions.apiHost);
    new Watch(this, settings, this.data, this.functions, this.site);
    this.acknowledge(settings);

    // What the tools ask for: tools/stack.mjs.
    const output = (name: string, value: string): CfnOutput => new CfnOutput(this, name, { value });
    output('Url', `https://${settings.domain?.name ?? this.site.host}/`);
    output('Site', settings.site);
    output('Bucket', this.site.bucket.bucketName);
    output('DistributionId', this.site.distribution.distributionId);
    output('KeyValueStoreArn', this.site.store.keyValueStoreArn);
    output('Table', this.data.table.tableName);
    output('Queue', this.data.queue.queueUrl);
    output('DeadLetters', this.data.deadLetters.queueUrl);
    output('ApiUrl', `https://${this.functions.apiHost}/`);
  }

  // What the rules of cdk-nag ask for and this stack does not do, each with its reason.
  private acknowledge(settings: Settings): void {
    const on = (construct: IConstruct, id: string, reason: string): void => Validations.of(construct).acknowledge({ id, reason });
    const { http } = this.functions;
    if (http) on(http, 'AwsSolutions-APIG4', 'The handler believes nobody without the signature of the edge function (x-ff-edge), and asks for a token where one is needed.');
    if (http) on(http, 'AwsSolutions-APIG1', 'Access logs would keep the addresses of visitors that the settings of the site may forbid; metrics and the log of the function tell of failures.');
    on(this.site.distribution, 'AwsSolutions-CFR1', 'A counter is for visitors of every country.');
    if (settings.webAclArn === undefined) on(this.site.distribution, 'AwsSolutions-CFR2', 'A firewall has a monthly price of its own: -c webAclArn takes one. The throttle of the API, or its functions at once, bound what a flood costs.');
    if (!settings.logs) on(this.site.distribution, 'AwsSolutions-CFR3', 'Access logs keep addresses, and plans with a flat rate refuse them: -c logs=true.');
    if (settings.domain === undefined) on(this.site.distribution, 'AwsSolutions-CFR4', 'Without a domain CloudFront uses its own certificate, whose protocols cannot be chosen.');
    on(this.site.bucket, 'AwsSolutions-S1', 'Only CloudFront reads the bucket, and it holds nothing but what the site shows to everybody.');
    Annotations.of(this.site).acknowledgeWarning('@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk', 'Every path that is asked for names a file: site.ts.');
    if (this.site.logBucket) on(this.site.logBucket, 'AwsSolutions-S1', 'It is the bucket of the logs.');
  }
}
