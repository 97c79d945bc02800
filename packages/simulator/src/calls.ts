import type { WriteRecord } from './model.js';

/** What a request is, read from method and path alone: before authentication, so that refused ones are logged too. */
export interface Call {
  system: WriteRecord['system'];
  action: string;
  ticketId?: number;
  deviceId?: number;
}

const SECURECHANGE: [method: string, path: RegExp, action: string][] = [
  ['PUT', /\/designer\/redesign$/, 'redesign'],
  ['PUT', /\/designer\/device\/(?<device>\d+)\/update$/, 'update'],
  ['PUT', /\/designer\/device\/(?<device>\d+)\/commit$/, 'commit'],
  ['PUT', /\/opm_designer\/systems\/(?<device>\d+)\/update$/, 'update'],
  ['PUT', /\/designer\/instruction\/\d+$/, 'updateInstruction'],
  ['PUT', /\/replace_instructions$/, 'replaceInstructions'],
  ['PUT', /\/tasks\/\d+\/redo\/\d+$/, 'redo'],
  ['PUT', /\/tasks\/\d+\/accept$/, 'accept'],
  ['PUT', /\/tasks\/\d+\/reassign\/\d+$/, 'reassign'],
  ['POST', /\/tasks\/\d+\/comments$/, 'comment'],
  ['PUT', /\/tasks\/\d+\/fields$/, 'putField'],
  ['PUT', /\/tasks\/\d+\/fields\/\d+$/, 'putField'],
  ['PUT', /\/multi_group_change\/implement$/, 'implement'],
  ['PUT', /\/tasks\/\d+$/, 'putTask'],
  ['PUT', /\/tickets\/\d+\/cancel$/, 'cancel'],
  ['PUT', /\/tickets\/\d+\/reject$/, 'reject'],
  ['PUT', /\/tickets\/\d+\/confirm$/, 'confirm'],
  ['PUT', /\/tickets\/\d+\/change_requester\/\d+$/, 'changeRequester'],
  ['PUT', /\/tickets\/\d+\/ticket_properties$/, 'putProperties'],
  ['POST', /\/tickets\/\d+\/map_rules$/, 'mapRules'],
  ['DELETE', /\/tickets\/\d+\/comments\/\d+$/, 'deleteComment'],
  ['POST', /\/tickets$/, 'create'],
  ['POST', /\/triggers$/, 'createTrigger'],
  ['DELETE', /\/triggers\/\d+$/, 'deleteTrigger'],
  ['GET', /\/designer\/commit_report\/(?<device>\d+)$/, 'getCommitReport'],
  ['GET', /\/designer\/device\/(?<device>\d+)(\/commands)?$/, 'getDesigner'],
  ['GET', /\/(opm_)?designer$/, 'getDesigner'],
  ['GET', /\/verifier$/, 'getVerifier'],
  ['GET', /\/history$/, 'getHistory'],
  ['GET', /\/tickets\/lifecycle_events$/, 'getLifecycleEvents'],
  ['GET', /\/tickets\/\d+$/, 'getTicket'],
  ['GET', /\/tickets(\/search.*)?$/, 'listTickets'],
];

/** Classifies a request path (without query and `.json`), or says undefined for paths of no simulated system. */
export function classify(method: string, path: string): Call | undefined {
  const clean = path.replace(/\/+$/, '');
  if (clean.startsWith('/securechangeworkflow/')) {
    const found = SECURECHANGE.find(([verb, pattern]) => verb === method && pattern.test(clean));
    const device = found?.[1].exec(clean)?.groups?.['device'];
    const ticket = /\/tickets\/(\d+)/.exec(clean)?.[1];
    return {
      system: 'securechange',
      action: found?.[2] ?? (method === 'GET' ? 'get' : method.toLowerCase()),
      ...(ticket === undefined ? {} : { ticketId: Number(ticket) }),
      ...(device === undefined ? {} : { deviceId: Number(device) }),
    };
  }
  if (clean.startsWith('/securetrack/')) {
    const device = /\/devices\/(\d+)/.exec(clean)?.[1];
    const action =
      method === 'GET'
        ? clean.includes('/change_windows')
          ? 'getChangeWindows'
          : 'get'
        : method.toLowerCase();
    return { system: 'securetrack', action, ...(device === undefined ? {} : { deviceId: Number(device) }) };
  }
  if (clean.startsWith('/api/now/')) {
    const actions: Record<string, string> = {
      GET: 'get',
      POST: 'create',
      PATCH: 'patch',
      PUT: 'patch',
      DELETE: 'delete',
    };
    return { system: 'itsm', action: actions[method] ?? method.toLowerCase() };
  }
  return undefined;
}
