// Makes the stacks that tests look at, with a program that is no program: what counts is that there is one.

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FootfallStack } from '../build/footfall_stack.js';
import { PipelineStack } from '../build/pipeline_stack.js';
import { readSettings } from '../build/settings.js';

export const folder = mkdtempSync(join(tmpdir(), 'footfall-cloud-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

export const program = join(folder, 'program');
mkdirSync(program);
writeFileSync(join(program, 'bootstrap'), '#!/bin/sh\nexit 1\n');
chmodSync(join(program, 'bootstrap'), 0o755);

export const shapes = {
  plain: { site: 'example.com' },
  gateway: { site: 'example.com', api: 'gateway', missing: '/404.html' },
  domain: { domain: 'www.example.com', zone: 'example.com', zoneId: 'Z0123456789ABC', email: 'owner@example.com', logs: 'true' },
  lean: { site: 'example.com', profile: 'lean', keep: 'false', arch: 'x86_64', region: 'eu-west-1', days: '90' },
};

export const settingsOf = (given) => readSettings((key) => ({ code: program, ...given })[key]);

const made = new Map();
export const stackOf = (shape) => {
  if (!made.has(shape)) {
    const app = new App({ outdir: join(folder, `out-${shape}`) });
    const stack = new FootfallStack(app, settingsOf(shapes[shape]));
    made.set(shape, { app, stack, template: Template.fromStack(stack) });
  }
  return made.get(shape);
};

export const pipeline = () => {
  const app = new App({ outdir: join(folder, 'out-pipeline') });
  return Template.fromStack(new PipelineStack(app, settingsOf(shapes.plain), 'owner/site'));
};
