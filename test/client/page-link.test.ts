import { createIntake, type IntakeConnection } from '../../packages/client/src/create-intake.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { pageLink } from '../../src/domain/page-link.js';

const EVENT = { ticketId: '7', name: 'CREATE', info: null } as unknown as TicketEvent;

/** What Temporal would store with the start of the ticket's workflow. */
async function startedWith(pageUrl?: string): Promise<Readonly<Record<string, unknown>>> {
  let given: Readonly<Record<string, unknown>> = {};
  const signalWithStart = (_type: unknown, options: Readonly<Record<string, unknown>>): Promise<unknown> => {
    given = options;
    return Promise.resolve({ signaledRunId: 'run' });
  };
  const connection: IntakeConnection = {
    client: { workflow: { signalWithStart } } as unknown as IntakeConnection['client'],
    connection: { withDeadline: (_deadline, call) => call() },
    namespace: 'default',
  };
  await createIntake(connection, { pageUrl }).report(EVENT, { deadlineMs: 5_000 });
  return given;
}

describe('the link from the Temporal Web UI to the page', () => {
  it('stands in the details of a ticket that an event starts', async () => {
    expect(await startedWith('https://sco.example')).toMatchObject({
      workflowId: 'ticket/7',
      staticDetails: '[Its page, with timeline and buttons](https://sco.example/tickets/7)',
    });
  });

  it('is left out where no address of the page is set', async () => {
    expect(await startedWith()).not.toHaveProperty('staticDetails');
  });

  it('leads to the page of a manager, whatever its key is made of', () => {
    expect(pageLink('https://sco.example/', 'lane/a b/(c)').staticDetails).toContain(
      '(https://sco.example/managers/a%20b%2F%28c%29)',
    );
  });
});
