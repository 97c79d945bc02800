import type { ConfigurationFacts } from '../../domain/configuration-facts.js';
import { formatRelative } from '../instants.js';
import type { Status } from '../status/read-status.js';
import { note, ok, problem, type DoctorRow } from './row.js';

const AREA = 'configuration';

/** What the workers say they use; empty when none has said anything yet. */
export function checkUsedConfiguration(
  configurations: Status['configurations'],
  nowMs: number,
): readonly DoctorRow[] {
  const digests = new Set(configurations.map(({ digest }) => digest));
  return [
    ...configurations.flatMap((facts) => rowsOf(facts, nowMs)),
    ...(digests.size > 1
      ? [
          problem(
            AREA,
            'the same everywhere',
            `${digests.size} different ones: ${[...digests].join(', ')}`,
            'give every worker the same files in SCO_CONFIG_DIR',
          ),
        ]
      : []),
  ];
}

function rowsOf(facts: Status['configurations'][number], nowMs: number): readonly DoctorRow[] {
  const check = `used by ${facts.worker}`;
  const found = `${facts.folder}, digest ${facts.digest}: ${modesText(facts)}; said ${formatRelative(facts.atMs, nowMs)}`;
  return [
    facts.inUse
      ? ok(AREA, check, found)
      : note(
          AREA,
          check,
          `${found}; that worker is gone`,
          'another worker says what it uses with its next sweep',
        ),
    ...(facts.problem === null
      ? []
      : [
          problem(
            AREA,
            check,
            facts.problem,
            'correct the file; until then the last good content stays in use',
          ),
        ]),
    ...(facts.restored
      ? [
          note(
            AREA,
            check,
            'SCO_RESTORED is set: everything is only observed',
            'unset it and restart the workers once the restored state is checked',
          ),
        ]
      : []),
    ...facts.warnings.map((warning) => note(AREA, 'unsafe choice', warning)),
  ];
}

function modesText({ processes }: ConfigurationFacts): string {
  if (processes.length === 0) return 'no process definition';
  return processes.map(({ name, mode }) => `${name} ${mode}`).join(', ');
}
