import { processFactsOf } from '../../src/domain/configuration-facts.js';
import { firewallChange } from '../support/firewall-change.js';

it('facts of a process name the steps in which SecureChange pushes by itself', () => {
  const definition = firewallChange();
  expect(processFactsOf(definition).pushesByItself).toEqual([]);
  const phases = definition.steps['Implementation']!.phases.map((rule) =>
    rule.phase === 'commit' ? ({ phase: 'commit', by: 'securechange' } as const) : rule,
  );
  const steps = { ...definition.steps, Implementation: { phases } };
  expect(processFactsOf({ ...definition, steps }).pushesByItself).toEqual(['Implementation']);
});
