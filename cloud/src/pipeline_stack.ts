// The role by which a workflow at GitHub deploys: it shows a token of its own for each run, and no key is stored anywhere.
//
// Deployed once, by hand, from the account that shall be deployed to.

import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Settings } from './settings.js';

export class PipelineStack extends Stack {
  constructor(scope: Construct, settings: Settings, repository: string) {
    super(scope, 'pipeline', {
      stackName: `${settings.name}-pipeline`,
      env: { region: settings.region },
      description: `Footfall: lets the workflow of ${repository} deploy`,
    });
    const issuer = 'token.actions.githubusercontent.com';
    const provider = new iam.OidcProviderNative(this, 'github', { url: `https://${issuer}`, clientIds: ['sts.amazonaws.com'] });
    const role = new iam.Role(this, 'deploy', {
      roleName: `${settings.name}-deploy`,
      description: `Deploys Footfall from ${repository}`,
      maxSessionDuration: Duration.hours(1),
      // Runs in the environment alone, which GitHub can guard by reviewers and branches; a pull request has no such token.
      assumedBy: new iam.WebIdentityPrincipal(provider.oidcProviderArn, {
        StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: `repo:${repository}:environment:production` },
      }),
    });
    const arn = (service: string, resource: string, resourceName: string, more: { region?: string; account?: string } = {}): string =>
      this.formatArn({ service, resource, resourceName, ...more });
    const allow = (actions: string[], resources: string[]): boolean => role.addToPolicy(new iam.PolicyStatement({ actions, resources }));

    // CloudFormation and the upload of assets go by the roles that `cdk bootstrap` made.
    allow(['sts:AssumeRole'], [arn('iam', 'role', 'cdk-*', { region: '' })]);
    allow(['cloudformation:DescribeStacks'], [arn('cloudformation', 'stack', `${settings.name}/*`)]);
    // Names of the bucket, the distribution and the store are made by CloudFormation.
    const bucket = `arn:${this.partition}:s3:::${settings.name}-sitebucket*`;
    allow(['s3:ListBucket'], [bucket]);
    allow(['s3:PutObject', 's3:DeleteObject'], [`${bucket}/*`]);
    allow(['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'], [arn('cloudfront', 'distribution', '*', { region: '' })]);
    allow(['cloudfront-keyvaluestore:DescribeKeyValueStore', 'cloudfront-keyvaluestore:GetKey', 'cloudfront-keyvaluestore:PutKey'],
      [arn('cloudfront', 'key-value-store', '*', { region: '' })]);
    allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [arn('dynamodb', 'table', `${settings.name}-visits`)]);

    Validations.of(role).acknowledge(...[
      ['Resource::arn:<AWS::Partition>:iam::<AWS::AccountId>:role/cdk-*', 'The roles of cdk bootstrap, which carry its qualifier in their names.'],
      [`Resource::arn:<AWS::Partition>:cloudformation:${settings.region}:<AWS::AccountId>:stack/${settings.name}/*`, 'A stack has a new id each time it is made.'],
      [`Resource::arn:<AWS::Partition>:s3:::${settings.name}-sitebucket*`, 'CloudFormation ends the name of the bucket.'],
      [`Resource::arn:<AWS::Partition>:s3:::${settings.name}-sitebucket*/*`, 'Every file of the site.'],
      ['Resource::arn:<AWS::Partition>:cloudfront::<AWS::AccountId>:distribution/*', 'The id of a distribution is not known before it is made.'],
      ['Resource::arn:<AWS::Partition>:cloudfront::<AWS::AccountId>:key-value-store/*', 'The id of a store is not known before it is made.'],
    ].map(([finding, reason]) => ({ id: `AwsSolutions-IAM5[${finding}]`, reason: reason ?? '' })));
    new CfnOutput(this, 'DeployRole', { value: role.roleArn });
  }
}
