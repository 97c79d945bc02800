import type { ConfigurationFacts } from '../src/domain/configuration-facts.js';
import type { ActivityDeps } from './contract.js';

export interface DescribeConfigurationActivities {
  /** Describes the configuration of the worker that runs this; reads only its files and the registered scripts. */
  describeConfiguration: (input: Record<string, never>) => Promise<ConfigurationFacts>;
}

export function createDescribeConfigurationActivities({
  describeConfiguration,
}: Pick<ActivityDeps, 'describeConfiguration'>): DescribeConfigurationActivities {
  return { describeConfiguration: () => describeConfiguration() };
}
