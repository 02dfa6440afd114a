// The workflows: read as GitHub reads them. What must come before what, who may do what, and that what they call is there.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(checkout, '.github/workflows');
const texts = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
const workflows = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, parse(text)]));
const { 'deploy.yml': deploy, 'pull_request.yml': pullRequest } = workflows;

const steps = (workflow) => Object.values(workflow.jobs).flatMap((job) => job.steps);
const runs = (workflow) => steps(workflow).map(({ run }) => run).filter(Boolean);
const indexOf = (job, what) => {
  const found = job.steps.findIndex((step) => what.test(step.run ?? step.uses));
  assert.ok(found >= 0, String(what));
  return found;
};
const needsOf = (workflow, job) => [workflow.jobs[job].needs ?? []].flat().flatMap((one) => [one, ...needsOf(workflow, one)]);

describe('The deployment', () => {
  test('comes after the tests and the build, and the build after the tests', () => {
    assert.deepEqual([...new Set(needsOf(deploy, 'deploy'))].sort(), ['build', 'test']);
    assert.deepEqual(needsOf(deploy, 'build'), ['test']);
    assert.equal(deploy.jobs.test.steps.at(-1).run, './test');
    for (const [name, job] of Object.entries(deploy.jobs)) {
      assert.equal(job['continue-on-error'], undefined, name);
      for (const step of job.steps) assert.equal(step['continue-on-error'], undefined, step.name);
    }
  });

  test('goes by: packages, role, stack, keys, site, a look at it, and how to go back', () => {
    const { deploy: job } = deploy.jobs;
    const order = [/download-artifact/, /npm ci/, /configure-aws-credentials/, /cdk deploy/, /keys\.mjs/, /publish\.mjs/, /smoke\.mjs/, /gh workflow run deploy\.yml/].map((what) => indexOf(job, what));
    assert.deepEqual(order, [...order].sort((a, b) => a - b));
    assert.equal(job.steps.at(-1).if, '${{ failure() }}');
    assert.equal(job.steps.filter((step) => step.if !== undefined).length, 1, 'nothing else is left out');
  });

  test('builds the functions where their oldest library is, and takes those and no others', () => {
    const { build, deploy: job } = deploy.jobs;
    assert.equal(build.container, 'debian:12');
    assert.ok(indexOf(build, /build_zips\.sh x86_64 arm64/) < indexOf(build, /arm64\.test\.mjs/) && indexOf(build, /arm64\.test\.mjs/) < indexOf(build, /upload-artifact/), 'tried before it is taken');
    assert.equal(build.steps[indexOf(build, /arm64\.test\.mjs/)].env.FOOTFALL_ARM64, 'required', 'and not skipped');
    const up = build.steps[indexOf(build, /upload-artifact/)].with;
    const down = job.steps[indexOf(job, /download-artifact/)].with;
    assert.deepEqual([up.name, up.path, up['if-no-files-found']], [down.name, `${down.path}/*.zip`, 'error']);
  });

  test('has no key but the token of its own run, and that in the environment that can be guarded', () => {
    const { deploy: job } = deploy.jobs;
    assert.equal(job.environment, 'production');
    assert.deepEqual(job.permissions, { contents: 'read', 'id-token': 'write' });
    const role = job.steps[indexOf(job, /configure-aws-credentials/)].with;
    assert.equal(role['role-to-assume'], '${{ vars.AWS_DEPLOY_ROLE }}');
    for (const key of ['aws-access-key-id', 'aws-secret-access-key']) assert.equal(role[key], undefined);
    for (const [name, { jobs }] of Object.entries(workflows)) {
      for (const [id, one] of Object.entries(jobs)) {
        if (name !== 'deploy.yml' || id !== 'deploy') assert.equal(one.permissions?.['id-token'], undefined, `${name}: ${id}`);
      }
    }
    for (const [name, text] of Object.entries(texts)) assert.doesNotMatch(text, /secrets\./, name);
  });

  test('one at a time, and never cut off', () => assert.deepEqual(deploy.concurrency, { group: 'deploy', 'cancel-in-progress': false }));

  test('starts for what is merged, and by hand for what was good', () => {
    assert.deepEqual(deploy.on.push.branches, ['main']);
    assert.ok('ref' in deploy.on.workflow_dispatch.inputs);
    for (const job of Object.values(deploy.jobs)) {
      assert.equal(job.steps[indexOf(job, /actions\/checkout/)].with.ref, '${{ inputs.ref || github.sha }}');
    }
  });
});

describe('A pull request', () => {
  test('is tested whole, and its coverage reported', () => {
    assert.ok('pull_request' in pullRequest.on);
    assert.ok(!('pull_request_target' in pullRequest.on), 'code of strangers gets no rights of ours');
    assert.ok(runs(pullRequest).includes('./test'));
    const { coverage } = pullRequest.jobs;
    const order = [/coverage\.sh/, /GITHUB_STEP_SUMMARY/, /upload-artifact/].map((what) => indexOf(coverage, what));
    assert.deepEqual(order, [...order].sort((a, b) => a - b));
  });
});

describe('Every workflow', () => {
  for (const [name, workflow] of Object.entries(workflows)) {
    test(`${name} names actions by the commit, and says which version that is`, () => {
      const lines = texts[name].split('\n').filter((line) => /^\s*(- )?uses:/.test(line));
      assert.equal(lines.length, steps(workflow).filter(({ uses }) => uses).length);
      for (const line of lines) assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    test(`${name} may read and no more, and ends some time`, () => {
      assert.deepEqual(workflow.permissions, { contents: 'read' });
      for (const [id, job] of Object.entries(workflow.jobs)) assert.ok(job['timeout-minutes'] <= 90, id);
      for (const step of steps(workflow)) if (/actions\/checkout/.test(step.uses)) assert.equal(step.with['persist-credentials'], false);
    });

    test(`${name} puts nothing from outside into a command`, () => {
      for (const run of runs(workflow)) assert.doesNotMatch(run, /\$\{\{/, 'by the environment');
    });

    test(`${name} says what bash understands`, () => {
      assert.equal(workflow.defaults.run.shell, 'bash');
      for (const run of runs(workflow)) {
        const { status, stderr } = spawnSync('bash', ['-n'], { input: run, encoding: 'utf8' });
        assert.equal(status, 0, `${run}: ${stderr}`);
      }
    });

    test(`${name} calls what is there`, (t) => {
      const called = [...new Set(runs(workflow).flatMap((run) => run.match(/(?<![\w/])(?:\.\/|scripts\/|cloud\/tools\/)[\w./-]+/g) ?? []))];
      assert.ok(called.length > 0);
      for (const path of called) {
        if (path === 'scripts/build_zips.sh' && !existsSync(join(checkout, path))) {
          t.diagnostic('scripts/build_zips.sh is not there: nothing can be deployed from this checkout');
          continue;
        }
        accessSync(join(checkout, path), path.endsWith('.mjs') ? constants.R_OK : constants.X_OK);
      }
    });
  }
});
