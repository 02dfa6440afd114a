// The app of `cdk`: reads the settings, makes the stacks, and has cdk-nag look at them.

import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { FootfallStack } from './footfall_stack.js';
import { PipelineStack } from './pipeline_stack.js';
import { readSettings, SettingsError, unknownKeys } from './settings.js';

const app = new App();
try {
  const settings = readSettings((key) => app.node.tryGetContext(key));
  const unknown = unknownKeys(app.node.getAllContext());
  if (unknown.length > 0) throw new SettingsError(`not known: ${unknown.join(', ')}`);
  new FootfallStack(app, settings);
  if (settings.repository !== undefined) new PipelineStack(app, settings, settings.repository);
  Tags.of(app).add('application', settings.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(`footfall: ${error.message}`);
  process.exitCode = 2;
}
