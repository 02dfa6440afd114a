// What a deployment may be told, and what is refused before anything is made of it.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SettingsError, unknownKeys } from '../build/settings.js';
import { folder, program, settingsOf } from './stack_maker.mjs';

const refused = (given, message) => assert.throws(() => settingsOf(given), (error) => error instanceof SettingsError && message.test(error.message), JSON.stringify(given));

describe('The settings', () => {
  test('need a site, or a domain, which is one', () => {
    refused({}, /for whom is counted/);
    assert.equal(settingsOf({ site: 'example.com' }).domain, undefined);
    assert.equal(settingsOf({ domain: 'example.com', zoneId: 'Z1' }).site, 'example.com');
    assert.equal(settingsOf({ domain: 'www.example.com', zone: 'example.com', zoneId: 'Z1', site: 'example.com' }).site, 'example.com');
  });

  test('a domain comes with its zone, and a certificate where CloudFront finds it', () => {
    refused({ domain: 'example.com' }, /hosted zone/);
    refused({ domain: 'example.com', zoneId: '1' }, /begins with Z/);
    refused({ domain: 'example.com', zone: 'example.org', zoneId: 'Z1' }, /not in the zone/);
    refused({ domain: 'badexample.com', zone: 'example.com', zoneId: 'Z1' }, /not in the zone/);
    refused({ domain: 'example.com', zoneId: 'Z1', region: 'eu-west-1' }, /us-east-1 alone/);
    refused({ domain: 'example.com', zoneId: 'Z1', region: 'eu-west-1', certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/x' }, /us-east-1/);
    const given = { domain: 'example.com', zoneId: 'Z1', region: 'eu-west-1', certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/x' };
    assert.equal(settingsOf(given).domain.certificateArn, given.certificateArn);
    refused({ site: 'example.com', zoneId: 'Z1' }, /without a domain/);
  });

  test('have values that are what they are for', () => {
    for (const [key, value] of [['site', 'https://example.com'], ['site', 'Example.com'], ['name', 'A'], ['name', 'x'.repeat(26)], ['profile', 'cheap'], ['api', 'rest'], ['missing', '404.html'], ['missing', '/a b.html'], ['missing', '/gone'], ['arch', 'arm'], ['keep', 'no'],
      ['email', 'me'], ['budget', '0'], ['budget', '1.5'], ['rate', 'fast'], ['days', '14'], ['concurrency', '0'], ['rate', '10001'], ['region', 'here'], ['webAclArn', 'x'], ['repository', 'owner'], ['logs', 'yes'], ['site', {}]]) {
      refused({ site: 'example.com', [key]: value }, new RegExp(`^${key} `));
    }
    assert.equal(settingsOf({ site: 'example.com', keep: false }).keep, false, 'cdk.json may hold truth values');
    assert.equal(settingsOf({ site: 'example.com', rate: 50 }).rate, 50);
  });

  test('the program of the functions must be there', () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    refused({ site: 'example.com', code: join(folder, 'nowhere') }, /scripts\/build_zips\.sh/);
    refused({ site: 'example.com', code: empty }, /no executable bootstrap/);
    writeFileSync(join(empty, 'bootstrap'), '');
    chmodSync(join(empty, 'bootstrap'), 0o644);
    refused({ site: 'example.com', code: empty }, /no executable bootstrap/);
    refused({ site: 'example.com', code: join(empty, 'bootstrap') }, /is no zip/);
    assert.equal(settingsOf({ site: 'example.com' }).code, program);
    writeFileSync(join(folder, 'footfall.zip'), '');
    assert.equal(settingsOf({ site: 'example.com', code: join(folder, 'footfall.zip') }).code, join(folder, 'footfall.zip'));
  });

  test('a key that nobody knows is told', () => {
    assert.deepEqual(unknownKeys({ site: 'x', '@aws-cdk/core:x': true, 'aws:cdk:bundling-stacks': [], domian: 'x' }), ['domian']);
  });
});
