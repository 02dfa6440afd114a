// `cdk synth` as a person calls it, without a network or an account: with a domain and without, and what is said of a
// mistake. The lean profile is looked at by stack.test.mjs alone, as each synth takes its seconds.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
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
  for (const [name, context] of Object.entries({ domain: shapes.domain, plain: { ...shapes.plain, repository: 'owner/site' } })) {
    test(`makes the stack "${name}"${context.repository ? ' and the role to deploy it' : ''}, to which cdk-nag has nothing to say`, async () => {
      const { status, said, output } = await synth(name, context);
      assert.equal(status, 0, said);
      const templates = readdirSync(output).filter((file) => file.endsWith('.template.json'));
      assert.deepEqual(templates, context.repository ? ['footfall.template.json', 'pipeline.template.json'] : ['footfall.template.json']);
      assert.ok(JSON.parse(readFileSync(join(output, 'footfall.template.json'), 'utf8')).Outputs.Url);
    });
  }

  test('says in one line what is missing', async () => {
    const { status, said } = await synth('missing', { site: 'example.com', code: join(folder, 'nowhere') });
    assert.notEqual(status, 0);
    assert.match(said, /footfall: the program of the functions is not at .*nowhere: build it with scripts\/build_zips\.sh/);
    assert.doesNotMatch(said, /at readSettings/);
  });
});
