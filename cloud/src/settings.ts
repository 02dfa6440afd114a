// What a deployment is told by `-c key=value`, checked before anything is made of it.

import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Domain {
  readonly name: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly certificateArn: string | undefined; // without one a certificate is made, which CloudFront takes from us-east-1 alone
}

export interface Settings {
  readonly name: string; // of the stack, and before the names of its resources
  readonly site: string; // the host name that visits are counted for
  readonly region: string;
  readonly domain: Domain | undefined; // none: the copy is reached at the distribution's own name
  readonly profile: 'full' | 'lean';
  readonly api: 'url' | 'gateway'; // where CloudFront asks it: the function's own address, or an HTTP API
  readonly arch: 'arm64' | 'x86_64';
  readonly code: string; // of the functions: a zip, or a folder, with `bootstrap` in it
  readonly keep: boolean; // whether what was recorded outlives the stack
  readonly email: string | undefined; // who is told of alarms and of the budget
  readonly budget: number; // US dollars a month
  readonly rate: number; // requests a second that the gateway takes
  readonly concurrency: number; // functions of the API at once, where they are asked by their own address
  readonly days: number | undefined; // after which a visit leaves the table; none: never
  readonly missing: string | undefined; // the page that is shown in place of every 404; none: as whoever answers it says it
  readonly logs: boolean; // access logs in a bucket, to be imported
  readonly webAclArn: string | undefined;
  readonly repository: string | undefined; // owner/name at GitHub whose workflow may deploy
}

export class SettingsError extends Error {}

const known = ['name', 'site', 'region', 'domain', 'zone', 'zoneId', 'certificateArn', 'profile', 'api', 'arch', 'code', 'keep', 'email', 'budget', 'rate', 'concurrency', 'days', 'missing', 'logs',
  'webAclArn', 'repository'];
const hostName = /^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

// `get` answers what was given for a key: from `-c`, or from `context` of cdk.json, where it may be a number or a truth value.
export function readSettings(get: (key: string) => unknown): Settings {
  const text = (key: string): string | undefined => {
    const value = get(key);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'object') throw new SettingsError(`${key} must be a text`);
    return String(value);
  };
  const oneOf = <T extends string>(key: string, values: readonly T[], otherwise: T): T => {
    const value = text(key) ?? otherwise;
    const found = values.find((one) => one === value);
    if (found === undefined) throw new SettingsError(`${key} is '${value}': it must be ${values.join(' or ')}`);
    return found;
  };
  const matching = (key: string, pattern: RegExp, what: string): string | undefined => {
    const value = text(key);
    if (value !== undefined && !pattern.test(value)) throw new SettingsError(`${key} is '${value}', which is not ${what}`);
    return value;
  };
  const whole = (key: string, otherwise: number, least: number, most: number): number => {
    const value = Number(text(key) ?? otherwise);
    if (!Number.isInteger(value) || value < least || value > most) throw new SettingsError(`${key} must be a whole number from ${least} to ${most}`);
    return value;
  };

  const name = matching('name', /^[a-z][a-z0-9-]{0,24}$/, 'a short name of a-z, 0-9 and -') ?? 'footfall';
  const region = matching('region', /^[a-z]{2}(-[a-z]+)+-\d$/, 'a region') ?? 'us-east-1';
  const domain = readDomain(matching, region);
  const site = matching('site', hostName, 'a host name in lower case') ?? domain?.name;
  if (site === undefined) {
    throw new SettingsError('for whom is counted? Give -c site=example.com, or -c domain=example.com with its zone to be reached there');
  }
  const arch = oneOf('arch', ['arm64', 'x86_64'] as const, 'arm64');
  return {
    name, site, region, domain, arch,
    profile: oneOf('profile', ['full', 'lean'] as const, 'full'),
    api: oneOf('api', ['url', 'gateway'] as const, 'url'),
    code: readCode(text('code'), arch),
    keep: oneOf('keep', ['true', 'false'] as const, 'true') === 'true',
    email: matching('email', /^[^@\s]+@[^@\s]+\.[^@\s]+$/, 'a mail address'),
    budget: whole('budget', 10, 1, 1_000_000),
    rate: whole('rate', 100, 1, 10_000),
    concurrency: whole('concurrency', 20, 1, 1_000),
    // A visit must outlive its message, which the queue keeps for 14 days.
    days: text('days') === undefined ? undefined : whole('days', 0, 15, 36_500),
    missing: matching('missing', /^\/[\w./-]+\.html?$/, 'the path of a page, as in /404.html'),
    logs: oneOf('logs', ['true', 'false'] as const, 'false') === 'true',
    webAclArn: matching('webAclArn', /^arn:aws:wafv2:us-east-1:\d+:global\/webacl\/.+$/, 'the name (ARN) of a web ACL for CloudFront'),
    repository: matching('repository', /^[\w.-]+\/[\w.-]+$/, 'owner/name'),
  };
}

function readDomain(matching: (key: string, pattern: RegExp, what: string) => string | undefined, region: string): Domain | undefined {
  const name = matching('domain', hostName, 'a host name in lower case');
  const zone = matching('zone', hostName, 'the name of a hosted zone');
  const zoneId = matching('zoneId', /^Z[A-Z0-9]+$/, 'the id of a hosted zone, which begins with Z');
  const certificateArn = matching('certificateArn', /^arn:aws:acm:us-east-1:\d+:certificate\/.+$/, 'the name (ARN) of a certificate in us-east-1');
  if (name === undefined) {
    if (zone ?? zoneId ?? certificateArn) throw new SettingsError('zone, zoneId and certificateArn are of no use without a domain');
    return undefined;
  }
  if (zoneId === undefined) throw new SettingsError(`the domain ${name} needs the id of its hosted zone: -c zoneId=Z…`);
  if (zone !== undefined && name !== zone && !name.endsWith(`.${zone}`)) throw new SettingsError(`the domain ${name} is not in the zone ${zone}`);
  if (certificateArn === undefined && region !== 'us-east-1') {
    throw new SettingsError(`CloudFront takes certificates of us-east-1 alone: in ${region}, make one there and give -c certificateArn=…`);
  }
  return { name, zone: zone ?? name, zoneId, certificateArn };
}

// A function without its program would be found out by its first visitor.
function readCode(given: string | undefined, arch: string): string {
  const built = fileURLToPath(new URL(`../../build/lambda/footfall-${arch === 'arm64' ? 'arm64' : 'x86_64'}.zip`, import.meta.url));
  const path = given === undefined ? built : resolve(given);
  const missing = (what: string): SettingsError =>
    new SettingsError(`${what}: build it with scripts/build_zips.sh, or say where it is with -c code=PATH (a zip, or a folder, with bootstrap in it)`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw missing(`the program of the functions is not at ${path}`);
  if (found.isFile()) {
    if (!path.endsWith('.zip')) throw missing(`${path} is no zip`);
    return path;
  }
  try {
    accessSync(join(path, 'bootstrap'), constants.X_OK);
  } catch {
    throw missing(`there is no executable bootstrap in ${path}`);
  }
  return path;
}

// A key that nobody reads was most likely meant to be another.
export function unknownKeys(context: Record<string, unknown>): string[] {
  return Object.keys(context).filter((key) => !known.includes(key) && !/^(@aws-cdk|aws:|aws-cdk|cdk-|acknowledged|cli-)/.test(key));
}
