import { InvalidArgumentError, type Command } from 'commander';

import type { OrchestratorClient } from '../../../packages/client/src/contract.js';
import { isServed, type Release, type Releases } from '../../../packages/client/src/release-facts.js';
import { formatRelative } from '../../domain/duration-text.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { safe } from '../output.js';
import { styleOf, type Style } from '../style.js';
import { renderTable, type Column } from '../table.js';

/** Hands running tickets from the workers of one release to those of the next. */
export function addRelease(parent: Command, cli: Cli): void {
  const list = parent
    .command('list')
    .description('releases that workers were started with (SCO_RELEASE), and which one gets the tickets');
  onAction(list, cli, async (asked) =>
    withClient(asked, async ({ releases }) => answer(asked, await releases.list())),
  );

  const use = parent
    .command('use <release>')
    .description(
      'give all tickets, new and running ones, to the workers of a release; and back again the same way',
    )
    .option('--percent <number>', 'only so many of them, to begin with', checkPercent);
  onAction(use, cli, async (asked) =>
    withClient(asked, async ({ releases }) => {
      const { percent } = use.opts<{ percent?: number }>();
      return answer(asked, await releases.use(asked.arg(0), percent === undefined ? {} : { percent }));
    }),
  );

  const renew = parent
    .command('renew')
    .description(
      'let every ticket and lane go on in a new run: what only runs of older releases need can be removed then',
    );
  onAction(renew, cli, async (asked) =>
    withClient(asked, async ({ releases }) => {
      const signalled = await releases.renew();
      asked.output.answer(
        { signalled },
        () => `${signalled} workflows go on in a new run as soon as they are at rest.`,
      );
      return EXIT.ok;
    }),
  );
}

async function withClient(
  asked: Asked,
  act: (client: OrchestratorClient) => Promise<ExitCode>,
): Promise<ExitCode> {
  const client = await asked.context.openClient();
  try {
    return await act(client);
  } finally {
    await client.close();
  }
}

function answer(asked: Asked, found: Releases): ExitCode {
  asked.output.answer(found, () => renderReleases(found, styleOf(asked)));
  return isServed(found) ? EXIT.ok : EXIT.problem;
}

const COLUMNS: readonly Column[] = [
  { title: 'Release', min: 7 },
  { title: 'Gets', min: 11 },
  { title: 'Workers', min: 7 },
  { title: 'Queues without worker' },
  { title: 'Open workflows', leaveOut: 1 },
  { title: 'First seen', leaveOut: 2 },
];

function renderReleases(found: Releases, style: Style): string {
  const { releases, unversionedWorkers } = found;
  const lines = [
    releases.length === 0
      ? 'No worker was started with a release (SCO_RELEASE): whichever asks gets the tickets.'
      : renderTable(
          COLUMNS,
          releases.map((release) => rowOf(release, style)),
          style,
        ),
  ];
  if (unversionedWorkers.length > 0)
    lines.push(`Workers without a release: ${safe(unversionedWorkers.join(', '), 300)}`);
  if (!isServed(found))
    lines.push(
      style.colours.red(
        '✗ Tickets stand still: no release has both the tickets and workers. Type `sco release use RELEASE`.',
      ),
    );
  return lines.join('\n');
}

function rowOf(release: Release, { nowMs }: Style): readonly (string | null)[] {
  const { name, workers, missingQueues, openWorkflows, seenFirstMs } = release;
  return [
    safe(name, 64),
    shareOf(release),
    `${workers.length}`,
    missingQueues.join(', '),
    `${openWorkflows}`,
    seenFirstMs === null ? null : formatRelative(seenFirstMs, nowMs),
  ];
}

function shareOf({ role, percent }: Release): string {
  switch (role) {
    case 'current':
      return 'all tickets';
    case 'ramping':
      return `${percent ?? 0} % of them`;
    case 'none':
      return 'nothing new';
  }
}

function checkPercent(text: string): number {
  if (!/^([1-9]\d?|100)$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 to 100.');
  return Number(text);
}
