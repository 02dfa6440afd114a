// Who looks when nobody looks: alarms, one page of charts, and a budget.

import { Duration } from 'aws-cdk-lib';
import * as budgets from 'aws-cdk-lib/aws-budgets';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Data } from './data.js';
import type { Functions } from './functions.js';
import type { Settings } from './settings.js';
import type { Site } from './site.js';

const minute = Duration.minutes(1);
const five = Duration.minutes(5);

export class Watch extends Construct {
  private readonly topic: sns.Topic | undefined;

  constructor(scope: Construct, private readonly settings: Settings, data: Data, functions: Functions, site: Site) {
    super(scope, 'watch');
    if (settings.email !== undefined) {
      this.topic = new sns.Topic(this, 'topic', { displayName: `Footfall: ${settings.site}`, enforceSSL: true });
      this.topic.addSubscription(new EmailSubscription(settings.email));
    }
    const all = Object.entries({ api: functions.api, processor: functions.processor, compactor: functions.compactor });

    this.alarm('dead-letters', data.deadLetters.metricApproximateNumberOfMessagesVisible({ period: minute, statistic: 'Maximum' }), 1,
      'Visits could not be processed, or a day not summed, and wait in the queue of dead letters (cloud/README.md says what to do)');
    this.alarm('queue-age', data.queue.metricApproximateAgeOfOldestMessage({ period: minute, statistic: 'Maximum' }), 300,
      'Visits wait for more than five minutes: the processor is down or too slow');
    for (const [name, fn] of all) {
      this.alarm(`${name}-errors`, fn.metricErrors({ period: five, statistic: 'Sum' }), 1, `The function ${name} failed`);
      this.alarm(`${name}-throttles`, fn.metricThrottles({ period: five, statistic: 'Sum' }), 1, `The function ${name} was held back by the account's limits`);
    }
    // The schedule sums such a day as well, an hour later at most.
    this.alarm('marks-age', functions.compactor.metric('IteratorAge', { period: five, statistic: 'Maximum' }), 3_600_000,
      'Days that visits came late for have waited for an hour to be summed again: the compactor fails (its log says why), and charts of these days are slow');
    this.alarm('api-5xx', functions.http?.metricServerError({ period: five, statistic: 'Sum' }) ?? functions.api.metric('Url5xxCount', { period: five, statistic: 'Sum' }), 5, 'The API answered 5xx: its function failed, or the table or the queue refused it');
    this.alarm('write-throttles', this.tableMetric(data, 'WriteThrottleEvents'), 10, 'The table held back writes: a partition is hot (cloud/README.md)');
    // CloudFront reports to us-east-1 alone, and an alarm looks where it stands.
    if (settings.region === 'us-east-1') {
      for (const fn of site.edgeFunctions) {
        this.alarm(`${fn.node.id}-errors`, this.edgeMetric(fn.functionName, 'FunctionExecutionErrors'), 1, `The edge function ${fn.node.id} failed: visitors get 5xx`);
        // 100 is where CloudFront stops a function.
        this.alarm(`${fn.node.id}-utilization`, this.edgeMetric(fn.functionName, 'FunctionComputeUtilization', 'p99'), 80, `The edge function ${fn.node.id} is near its limit of time`);
      }
    }
    this.dashboard(data, functions, site, all);
    this.budget();
  }

  private alarm(id: string, metric: cloudwatch.IMetric, threshold: number, alarmDescription: string): void {
    const made = new cloudwatch.Alarm(this, id, {
      metric, threshold, alarmDescription,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // A quiet site sends no numbers.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    if (this.topic) {
      made.addAlarmAction(new SnsAction(this.topic));
      made.addOkAction(new SnsAction(this.topic));
    }
  }

  private tableMetric(data: Data, metricName: string): cloudwatch.Metric {
    return new cloudwatch.Metric({ namespace: 'AWS/DynamoDB', metricName, dimensionsMap: { TableName: data.table.tableName }, period: five, statistic: 'Sum' });
  }

  private edgeMetric(FunctionName: string, metricName: string, statistic = 'Sum'): cloudwatch.Metric {
    return new cloudwatch.Metric({ namespace: 'AWS/CloudFront', metricName, dimensionsMap: { FunctionName, Region: 'Global' }, region: 'us-east-1', period: five, statistic });
  }

  private dashboard(data: Data, functions: Functions, site: Site, all: [string, lambda.Function][]): void {
    const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []): cloudwatch.GraphWidget =>
      new cloudwatch.GraphWidget({ title, left, right, width: 8, height: 6 });
    const cdn = (metricName: string, statistic: string): cloudwatch.Metric => new cloudwatch.Metric({
      namespace: 'AWS/CloudFront', metricName, statistic, period: five, region: 'us-east-1',
      dimensionsMap: { DistributionId: site.distribution.distributionId, Region: 'Global' },
    });
    new cloudwatch.Dashboard(this, 'dashboard', {
      dashboardName: this.settings.name,
      defaultInterval: Duration.hours(24),
      widgets: [
        [
          graph('Requests, and how many failed', [cdn('Requests', 'Sum')], [cdn('5xxErrorRate', 'Average'), cdn('4xxErrorRate', 'Average')]),
          graph('Edge functions: runs and failures', site.edgeFunctions.map((fn) => this.edgeMetric(fn.functionName, 'FunctionInvocations')),
            site.edgeFunctions.map((fn) => this.edgeMetric(fn.functionName, 'FunctionExecutionErrors'))),
          functions.http
            ? graph('API: requests and time', [functions.http.metricCount({ period: five }), functions.http.metricServerError({ period: five }), functions.http.metricClientError({ period: five })],
              [functions.http.metricLatency({ period: five, statistic: 'p99' })])
            : graph('API: requests and time', ['UrlRequestCount', 'Url5xxCount', 'Url4xxCount'].map((name) => functions.api.metric(name, { period: five, statistic: 'Sum' })),
              [functions.api.metric('UrlRequestLatency', { period: five, statistic: 'p99' })]),
        ],
        [
          graph('Queue: sent, deleted, and the oldest', [data.queue.metricNumberOfMessagesSent({ period: five }), data.queue.metricNumberOfMessagesDeleted({ period: five })],
            [data.queue.metricApproximateAgeOfOldestMessage({ period: five, statistic: 'Maximum' })]),
          graph('Dead letters', [data.deadLetters.metricApproximateNumberOfMessagesVisible({ period: five, statistic: 'Maximum' })]),
          graph('Functions: failures and time', all.map(([, fn]) => fn.metricErrors({ period: five })), all.map(([, fn]) => fn.metricDuration({ period: five, statistic: 'p99' }))),
        ],
        [
          graph('Table: write and read units', [this.tableMetric(data, 'ConsumedWriteCapacityUnits'), this.tableMetric(data, 'ConsumedReadCapacityUnits')],
            [this.tableMetric(data, 'WriteThrottleEvents')]),
          graph('Compactor: runs, time, and marks that wait', [functions.compactor.metricInvocations({ period: five })],
            [functions.compactor.metricDuration({ period: five, statistic: 'Maximum' }), functions.compactor.metric('IteratorAge', { period: five, statistic: 'Maximum' })]),
          graph('Functions: runs at once', all.map(([, fn]) => fn.metric('ConcurrentExecutions', { period: five, statistic: 'Maximum' }))),
        ],
      ],
    });
  }

  // Of the whole account: a stack's own cost can be told apart only where tags are activated for it.
  private budget(): void {
    const { email } = this.settings;
    if (email === undefined) return;
    const notify = (notificationType: string, threshold: number): budgets.CfnBudget.NotificationWithSubscribersProperty => ({
      notification: { notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
      subscribers: [{ subscriptionType: 'EMAIL', address: email }],
    });
    new budgets.CfnBudget(this, 'budget', {
      budget: {
        budgetName: `${this.settings.name}-monthly`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: this.settings.budget, unit: 'USD' },
      },
      notificationsWithSubscribers: [notify('ACTUAL', 80), notify('ACTUAL', 100), notify('FORECASTED', 100)],
    });
  }
}
