// `cdk synth` as a person calls it, without a network or an account, and what is said of a mistake. One shape is enough here, as each
// call takes its seconds: stack.test.mjs synthesises all of them, and has cdk-nag look at them.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder, program, shapes } from './stack_maker.mjs';

const cloud = fileURLToPath(new URL('..', import.meta.url));
// No account and no profile, a home without settings, and an address for metadata where nobody answers.
const offline = { PATH: process.env.PATH, HOME: folder, CI: 'true', AWS_EC2_METADATA_DISABLED: 'true', CDK_DISABLE_VERSION_CHECK: '1', CDK_DISABLE_CLI_TELEMETRY: 'true' };

const synth = (name, context) => new Promise((resolve) => {
  const output = join(folder, `synth-${name}`);
  const args = ['node_modules/aws-cdk/bin/cdk', 'synth', '--quiet', '--no-notices', '--output', output, '--app', 'node build/app.js', '--build', 'true',
    ...Object.entries({ code: program, ...context }).flatMap(([key, value]) => ['-c', `${key}=${value}`])];
  execFile(process.execPath, args, { cwd: cloud, env: offline }, (error, stdout, stderr) => resolve({ status: error ? error.code : 0, said: stdout + stderr, output }));
});

describe('cdk synth, offline', () => {
  test('makes the stack and the role to deploy it, to which cdk-nag has nothing to say', async () => {
    const { status, said, output } = await synth('domain', { ...shapes.domain, repository: 'owner/site' });
    assert.equal(status, 0, said);
    assert.deepEqual(readdirSync(output).filter((file) => file.endsWith('.template.json')), ['footfall.template.json', 'pipeline.template.json']);
    assert.ok(JSON.parse(readFileSync(join(output, 'footfall.template.json'), 'utf8')).Outputs.Url);
  });

  test('says in one line what is missing', async () => {
    const context = JSON.stringify({ site: 'example.com', code: join(folder, 'nowhere') });
    const { status, stderr: said } = spawnSync(process.execPath, ['build/app.js'], { cwd: cloud, env: { ...offline, CDK_CONTEXT_JSON: context }, encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(said, /footfall: the program of the functions is not at .*nowhere: build it with scripts\/build_zips\.sh/);
    assert.doesNotMatch(said, /at readSettings/);
  });
});
