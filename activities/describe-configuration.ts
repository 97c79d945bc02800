import type { ConfigurationFacts } from '../src/domain/configuration-facts.js';
import type { ActivityDeps } from './contract.js';

export interface DescribeConfigurationActivities {
  /** What the worker that is asked works with; reads its configuration and the registered scripts, nothing else. */
  describeConfiguration: (input: Record<string, never>) => Promise<ConfigurationFacts>;
}

export function createDescribeConfigurationActivities({
  describeConfiguration,
}: Pick<ActivityDeps, 'describeConfiguration'>): DescribeConfigurationActivities {
  return { describeConfiguration: () => describeConfiguration() };
}
