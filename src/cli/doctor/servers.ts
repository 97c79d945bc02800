import { CallFailure } from '../../domain/failure.js';
import { fewAtOnce } from '../../domain/few-at-once.js';
import type { ConfiguredServer } from '../../config/operator-config.js';
import type { ServerCheck } from '../../integrations/test-server.js';
import type { Asked } from '../act.js';
import type { Status } from '../status/read-status.js';
import { messageOf, note, ok, problem, type DoctorRow } from './row.js';

const AREA = 'servers';

/** Every server of servers.yaml as `sco server test` tries it, in one row each; writes nothing there. */
export async function checkServers(
  asked: Asked,
  servers: readonly Pick<ConfiguredServer, 'name'>[],
  configurations: Status['configurations'],
): Promise<readonly DoctorRow[]> {
  if (servers.length === 0) return [];
  const { withServers } = await import('../with-servers.js');
  const { testServer } = await import('../../integrations/test-server.js');
  return await withServers(asked, async (resolve, tokens) =>
    fewAtOnce(servers, async ({ name }) => {
      try {
        const server = resolve(name);
        return rowOf(name, await testServer(server, { tokens, now: asked.context.now }));
      } catch (error) {
        if (!(error instanceof CallFailure)) throw error;
        return notSetHere(name, messageOf(error), configurations);
      }
    }),
  );
}

/** What the workers say of it decides: a machine of people need not have the settings, a worker must. */
function notSetHere(name: string, why: string, configurations: Status['configurations']): DoctorRow {
  const inUse = configurations.filter(({ inUse }) => inUse);
  const lacking = inUse.filter(({ unusableServers = [] }) =>
    unusableServers.some(({ server }) => server === name),
  );
  const [first] = lacking;
  if (first !== undefined) {
    const workers = lacking.map(({ worker }) => worker).join(', ');
    const said = first.unusableServers?.find(({ server }) => server === name)?.why ?? why;
    const isDriven = lacking.some(({ processes }) => processes.some(({ mode }) => mode === 'drive'));
    const found = `${workers} cannot use it: ${said}`;
    return isDriven
      ? problem(
          AREA,
          name,
          found,
          'set it where the worker runs and restart it: the first message to it parks',
        )
      : note(AREA, name, found, 'set it where the worker runs and restart it, before a process drives');
  }
  const isKnown = inUse.length > 0 && inUse.every(({ unusableServers }) => unusableServers !== undefined);
  return note(
    AREA,
    name,
    `not tried: ${why}`,
    isKnown
      ? 'the worker has its settings; set them here too to have it tried'
      : 'whether the worker has its settings is not known, because none has said it; set them here too to have it tried',
  );
}

function rowOf(name: string, checks: readonly ServerCheck[]): DoctorRow {
  const wrong = checks.find(({ state }) => state === 'problem');
  if (wrong !== undefined)
    return problem(AREA, name, `${wrong.check}: ${wrong.found}`, wrong.advice ?? `sco server test ${name}`);
  const notes = checks
    .filter(({ state }) => state === 'note')
    .map(({ check, found }) => `${check}: ${found}`);
  const fine = checks.filter(({ state }) => state === 'ok').map(({ check }) => check);
  const found = [`${fine.join(', ')} are right`, ...notes].join('; ');
  const more = `whether it keeps what is written: sco server test ${name} --write FILE`;
  return notes.length === 0 ? ok(AREA, name, `${found}; ${more}`) : note(AREA, name, found);
}
