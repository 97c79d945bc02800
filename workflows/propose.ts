import { instantText } from '../src/domain/instant-text.js';
import { windowTargetOf, type DesignFacts, type DeviceDesign } from '../src/domain/provisioning.js';
import { judgeRisk } from '../src/domain/risk.js';
import type { TicketRun } from './ticket-run.js';

/** Mode propose: reads what drive would read, and records what it would do. Writes nothing. */
export async function proposeStep(run: TicketRun): Promise<void> {
  const { state, definition } = run;
  const rules = definition.steps[state.stepName ?? '']?.phases ?? [];
  const proposals: string[] = [];
  const request = run.step.request;
  let design: DesignFacts | null = null;
  if (request !== null && request.designerStatus !== 'not run') {
    design = await run.read('readDesign', { phase: null }, () => run.stepRef());
  }
  for (const { phase, by } of rules) {
    if (by !== 'orchestrator') {
      proposals.push(`${phase}: would wait for ${by === 'person' ? 'a person' : 'the automatic step'}`);
      continue;
    }
    switch (phase) {
      case 'riskCheck': {
        const verdict = judgeRisk(request?.risks ?? [], definition.risk, definition.workflowType);
        proposals.push(`riskCheck: ${verdict.kind}${verdict.kind === 'allow' ? '' : ` (${verdict.reason})`}`);
        break;
      }
      case 'update':
      case 'commit':
        proposals.push(...(design?.devices ?? []).map((device) => wouldPush(phase, device)));
        break;
      case 'changeWindow': {
        const targets = (design?.devices ?? []).map(windowTargetOf);
        const { workflow, window } = definition;
        const { outlooks } = await run.read('planWindows', { phase: null }, () => ({
          workflow,
          targets,
          window,
        }));
        proposals.push(
          ...outlooks.map(
            ({ calendar, next, noneReason }) =>
              `changeWindow: ${calendar} ${next === null ? `has no opening (${noneReason ?? 'unknown'})` : `opens ${instantText(next.opensAtMs)}`}`,
          ),
        );
        break;
      }
      case 'design':
      case 'approval':
      case 'verify':
      case 'advance':
      case 'itsmSync':
        proposals.push(`${phase}: would run`);
    }
  }
  state.proposals = proposals.slice(0, 60);
  run.display.note(`would do ${proposals.length} thing(s) in step ${state.stepName ?? '-'}`);
  run.display.publish();
}

function wouldPush(phase: 'update' | 'commit', { name, capability }: DeviceDesign): string {
  if (phase === 'commit' && capability.commit === 'none') return `commit: ${name} needs none`;
  const call = phase === 'update' ? 'Update' : 'Commit';
  if (capability[phase] === 'automatic') return `${phase}: would ${call} ${name}`;
  const why = capability.reason === undefined ? '' : ` (${capability.reason})`;
  return capability[phase] === 'refused'
    ? `${phase}: would refuse ${name}${why}`
    : `${phase}: would ask ${capability.person ?? 'a person'} to ${call} ${name} by hand${why}`;
}
