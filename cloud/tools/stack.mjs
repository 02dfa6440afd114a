// What the tools share: the `aws` command, and what a stack says about itself.
//
// Everything goes by the AWS command line (version 2), as a person would do it: with the credentials of the environment
// or a profile, and nothing of ours that signs or retries.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

// What a person can mend, said in one line: status 1, or 2 for a wrong call.
export class ToolError extends Error {}
export class UsageError extends ToolError {}

// The answer of one call of `aws`, as an object; `input` goes by a file that nobody else can read, as a command line can be seen by
// everybody on the machine.
export const aws = (args, { input, region } = {}) => {
  let folder;
  try {
    const all = [...args, '--output', 'json', ...(region ? ['--region', region] : [])];
    if (input) {
      folder = mkdtempSync(join(tmpdir(), 'footfall-aws-'));
      writeFileSync(join(folder, 'input.json'), JSON.stringify(input), { mode: 0o600 });
      all.push('--cli-input-json', `file://${join(folder, 'input.json')}`);
    }
    // The key value store signs for all regions at once, which takes a session of the regional service.
    const env = { ...process.env, AWS_STS_REGIONAL_ENDPOINTS: 'regional', AWS_PAGER: '' };
    const text = execFileSync('aws', all, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 16 * 1024 * 1024 });
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    if (error.code === 'ENOENT') throw new ToolError('the AWS command line (version 2) is not installed');
    throw new ToolError(`aws ${args.slice(0, 2).join(' ')}: ${String(error.stderr ?? error.message).trim()}`);
  } finally {
    if (folder) rmSync(folder, { recursive: true });
  }
};

// Calls `aws` for what it says on the terminal.
export const awsAloud = (args, { region } = {}) => {
  try {
    execFileSync('aws', [...args, ...(region ? ['--region', region] : [])], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, AWS_PAGER: '' } });
  } catch (error) {
    throw new ToolError(error.code === 'ENOENT' ? 'the AWS command line (version 2) is not installed' : `aws ${args.slice(0, 2).join(' ')} failed`);
  }
};

// The outputs of the stack, by name.
export const outputsOf = (stack, region) => {
  const { Stacks } = aws(['cloudformation', 'describe-stacks', '--stack-name', stack], { region });
  const outputs = Object.fromEntries((Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  if (!outputs.DistributionId) throw new ToolError(`the stack ${stack} has no outputs of Footfall: was it deployed?`);
  return outputs;
};

// Where the functions look for what an ordinary server keeps in files of its data folder: one item a file, with its
// text and a number that grows with every change (docs/cloud.md).
export const filePlace = (name) => ({ pk: { S: `F#${name}` }, sk: { S: '-' } });

export const readFile = (table, name, region) => {
  const { Item } = aws(['dynamodb', 'get-item'], { region, input: { TableName: table, Key: filePlace(name), ConsistentRead: true } });
  return Item ? { text: Item.text.S, version: Number(Item.ver.N) } : undefined;
};

// Runs a tool: reads its options, and says in one line what went wrong.
export const runTool = async (usage, options, main) => {
  try {
    let given;
    try {
      given = parseArgs({ allowPositionals: true, options: { stack: { type: 'string', default: 'footfall' }, region: { type: 'string', default: 'us-east-1' }, help: { type: 'boolean' }, ...options } });
    } catch (error) {
      console.error(`${error.message}\n\n${usage}`);
      process.exitCode = 2;
      return;
    }
    if (given.values.help) console.log(usage);
    else await main(given.values, given.positionals);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(`footfall: ${error.message}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
};
