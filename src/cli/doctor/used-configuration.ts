import type { ConfigurationFacts, RefusedScript } from '../../domain/configuration-facts.js';
import { formatRelative } from '../../domain/duration-text.js';
import { refreshTokenAdvice, refreshTokenText } from '../../domain/refresh-token.js';
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
    ...facts.faultyProcesses.map((fault) =>
      problem(AREA, check, fault, 'correct the file; until then the tickets of its workflow are not driven'),
    ),
    ...refusedRows(facts.refusedScripts, facts.worker),
    ...(facts.refreshTokens ?? []).map((ending) => {
      const row = ending.expiresAtMs <= nowMs ? problem : note;
      return row(AREA, check, refreshTokenText(ending, nowMs), refreshTokenAdvice(ending));
    }),
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

/** Each registered script that would not run; `by` is the worker, or this machine, that checked it. */
export function refusedRows(refused: readonly RefusedScript[], by: string): readonly DoctorRow[] {
  return refused.map(({ name, executable, why }) =>
    problem(
      AREA,
      `script ${name}`,
      `${executable} would be refused, checked by ${by}: ${why}`,
      'until that is corrected its events are delivered and the script is not run',
    ),
  );
}

function modesText({ processes }: ConfigurationFacts): string {
  if (processes.length === 0) return 'no process definition';
  return processes.map(({ name, mode }) => `${name} ${mode}`).join(', ');
}
