import { PROCESS, FILES } from './config-folder.js';
import { load, mistakesOf } from './loaded-folder.js';

const SERVERS = FILES['servers.yaml']!.replace(
  'kind: servicenow',
  'kind: servicenow\n    ticketsField: u_tickets',
);
const CLOSING = PROCESS.replace('action: create', 'action: close').replace(
  'inbound: Approval',
  'event: CLOSE',
);

describe('a server whose changes the ITSM opens for many tickets', () => {
  it('needs no point that creates one, and is named in the definition', () => {
    const { processes } = load({ 'servers.yaml': SERVERS, 'processes/web.yaml': CLOSING });
    expect(processes[0]?.sharedOn).toEqual(['itsm']);
    expect(load().processes[0]).not.toHaveProperty('sharedOn');
  });

  it('takes no point that creates a change of its own', () => {
    expect(mistakesOf({ 'servers.yaml': SERVERS })).toEqual([
      expect.stringContaining('the ITSM opens the changes of server itsm (ticketsField)'),
    ]);
  });

  it('is of kind servicenow', () => {
    const other = SERVERS.replace('kind: servicenow', 'kind: http');
    expect(mistakesOf({ 'servers.yaml': other }).join('\n')).toContain('ticketsField is for kind servicenow');
  });
});
