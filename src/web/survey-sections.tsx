import type { ComponentChild } from 'preact';

import { durationText } from '../domain/duration-text.js';
import type { Survey } from '../domain/survey.js';
import { inZone, Instant } from './instant.js';
import type { Reader } from './instant.js';
import { at, EvidenceCell, NotVisible, Part, TicketCell } from './survey-part.js';

/** The parts of a survey in their order. */
export const SURVEY_SECTIONS: readonly {
  readonly id: string;
  readonly title: string;
  readonly count: (survey: Survey) => number;
  readonly show: (survey: Survey, reader: Reader) => ComponentChild;
}[] = [
  {
    id: 'saved',
    title: 'Saved and not committed',
    count: ({ saved }) => saved.rows.filter(isSaved).length,
    show: ({ saved }, reader) => (
      <Part
        label="Changes that are saved and not committed"
        head={['Ticket', 'On', 'Manager', 'Saved', 'Why', 'Evidence']}
        notVisible={saved.notVisible}
        reader={reader}
      >
        {saved.rows.filter(isSaved).map((row) => (
          <tr class={row.status === 'inProgress' ? undefined : 'bad'}>
            <TicketCell {...row} />
            <td>{row.target}</td>
            <td>{row.manager}</td>
            <td>{at(row.savedAtMs, reader)}</td>
            <td>
              {row.status === 'inProgress' ? row.why : `${row.why}; the ticket has ended (${row.status})`}
            </td>
            <EvidenceCell evidence={row.evidence} />
          </tr>
        ))}
      </Part>
    ),
  },
  {
    id: 'carried',
    title: 'Made live by the Commit of another',
    count: ({ saved }) => saved.rows.filter((row) => !isSaved(row)).length,
    show: ({ saved }, reader) => (
      <Part
        label="Changes that the Commit of another made live"
        head={['Ticket', 'On', 'Manager', 'Saved', 'Made live by', 'Evidence']}
        notVisible={[]}
        reader={reader}
      >
        {saved.rows
          .filter((row) => !isSaved(row))
          .map((row) => (
            <tr>
              <TicketCell {...row} />
              <td>{row.target}</td>
              <td>{row.manager}</td>
              <td>{at(row.savedAtMs, reader)}</td>
              <td>{row.carriedBy}</td>
              <EvidenceCell evidence={row.evidence} />
            </tr>
          ))}
      </Part>
    ),
  },
  {
    id: 'commits',
    title: 'What a Commit would carry now',
    count: ({ commits }) => commits.rows.length,
    show: ({ commits }, reader) => (
      <Part
        label="What a Commit of each target would carry"
        head={['Commit of', 'Manager', 'Tickets', 'Saved by others', 'Evidence']}
        notVisible={commits.notVisible}
        reader={reader}
      >
        {commits.rows.map((row) => (
          <tr>
            <th scope="row">{row.target}</th>
            <td>{row.manager}</td>
            <td>
              {row.tickets
                .map(
                  ({ ticketId, status }) =>
                    `${ticketId} (${status === 'inProgress' ? 'in progress' : status})`,
                )
                .join(', ') || 'none'}
            </td>
            <td>
              {row.revisions === null ? (
                <NotVisible />
              ) : (
                row.revisions.join('; ') || 'nothing since the last run'
              )}
            </td>
            <EvidenceCell evidence={row.evidence} />
          </tr>
        ))}
      </Part>
    ),
  },
  {
    id: 'outside',
    title: 'Pushes outside windows',
    count: ({ outside }) => outside.rows.length,
    show: ({ outside, judgedPushes }, reader) => (
      <>
        <p>{`${judgedPushes} push(es) were compared with a calendar.`}</p>
        <Part
          label="Pushes outside windows"
          head={['Ticket', 'Push', 'Started', 'Began', 'Why', 'Evidence']}
          notVisible={outside.notVisible}
          reader={reader}
        >
          {outside.rows.map((row) => (
            <tr class="bad">
              <TicketCell {...row} />
              <td>{`${row.call} of ${row.target}`}</td>
              <td>{at(row.startedAtMs ?? row.endedAtMs, reader)}</td>
              <td>{row.how === 'automaticStep' ? 'an automatic step' : (row.by ?? <NotVisible />)}</td>
              <td>{inZone(row.why, reader)}</td>
              <EvidenceCell evidence={row.evidence} />
            </tr>
          ))}
        </Part>
      </>
    ),
  },
  {
    id: 'idle-runs',
    title: 'Window runs that committed nothing',
    count: ({ idleRuns }) => idleRuns.rows.length,
    show: ({ idleRuns }, reader) => (
      <Part
        label="Window runs that committed nothing on a device"
        head={['Window', 'Run', 'Started', 'Device', 'Outcome', 'It says', 'Evidence']}
        notVisible={idleRuns.notVisible}
        reader={reader}
      >
        {idleRuns.rows.map((row) => (
          <tr>
            <th scope="row">{row.window}</th>
            <td>{row.runId}</td>
            <td>{at(row.startedAtMs, reader)}</td>
            <td>{row.device ?? 'none'}</td>
            <td>{row.outcome}</td>
            <td>{row.says}</td>
            <EvidenceCell evidence={row.evidence} />
          </tr>
        ))}
      </Part>
    ),
  },
  {
    id: 'stuck',
    title: 'Automatic steps that are stuck',
    count: ({ stuck }) => stuck.rows.length,
    show: ({ stuck }, reader) => (
      <Part
        label="Automatic steps that are stuck"
        head={['Ticket', 'Workflow', 'Step', 'Why', 'Since', 'Evidence']}
        notVisible={stuck.notVisible}
        reader={reader}
      >
        {stuck.rows.map((row) => (
          <tr class="bad">
            <TicketCell {...row} />
            <td>{row.workflow}</td>
            <td>{row.step}</td>
            <td>{row.why}</td>
            <td>{at(row.sinceMs, reader)}</td>
            <EvidenceCell evidence={row.evidence} />
          </tr>
        ))}
      </Part>
    ),
  },
  {
    id: 'itsm',
    title: 'Tickets whose change says otherwise',
    count: ({ itsm }) => itsm.rows.length,
    show: ({ itsm }, reader) => (
      <Part
        label="Tickets whose change in the ITSM says otherwise"
        head={['Ticket', 'Change', 'What differs', 'Evidence']}
        notVisible={itsm.notVisible}
        reader={reader}
      >
        {itsm.rows.map((row) => (
          <tr>
            <TicketCell {...row} />
            <td>{row.change ?? 'none'}</td>
            <td>{row.what}</td>
            <EvidenceCell evidence={row.evidence} />
          </tr>
        ))}
      </Part>
    ),
  },
  {
    id: 'next-windows',
    title: 'The next window',
    count: ({ nextWindows }) => nextWindows.rows.length,
    show: ({ nextWindows }, reader) => (
      <Part
        label="What the next window would carry"
        head={['Commit of', 'Manager', 'Opens', 'Saved', 'Designed only', 'A Commit takes', 'Evidence']}
        notVisible={nextWindows.notVisible}
        reader={reader}
      >
        {nextWindows.rows.map((row) => (
          <tr>
            <th scope="row">{row.target}</th>
            <td>{row.manager}</td>
            <td>
              {row.opensAtMs === null ? (
                <>
                  <NotVisible /> <small>{row.none}</small>
                </>
              ) : (
                <>
                  <Instant atMs={row.opensAtMs} reader={reader} /> <small>{row.calendar}</small>
                </>
              )}
            </td>
            <td>{row.saved.join(', ') || 'none'}</td>
            <td>{row.designed.join(', ') || 'none'}</td>
            <td>{row.usualMs === null ? <NotVisible /> : durationText(row.usualMs)}</td>
            <EvidenceCell evidence={row.evidence} />
          </tr>
        ))}
      </Part>
    ),
  },
  {
    id: 'adoption',
    title: 'How much each workflow is used',
    count: ({ adoption }) => adoption.rows.length,
    show: ({ adoption }, reader) => (
      <Part
        label="Tickets and pushes of each workflow"
        head={[
          'Workflow',
          'Open',
          'Ended',
          'Pushes: automatic',
          'by an account',
          'not visible',
          'Process',
          'Evidence',
        ]}
        notVisible={adoption.notVisible}
        reader={reader}
      >
        {adoption.rows.map((row) => (
          <tr>
            <th scope="row">{row.workflow}</th>
            <td>{row.open}</td>
            <td>{row.ended}</td>
            <td>{row.pushes.automaticStep}</td>
            <td>
              {row.pushes.account}{' '}
              <small>
                {Object.entries(row.accounts)
                  .map(([name, count]) => `${name} ${count}`)
                  .join(', ')}
              </small>
            </td>
            <td>{row.pushes.unknown}</td>
            <td>{row.mode ?? 'none'}</td>
            <EvidenceCell evidence={row.evidence} />
          </tr>
        ))}
      </Part>
    ),
  },
];

function isSaved({ carriedBy }: Survey['saved']['rows'][number]): boolean {
  return carriedBy === null;
}
