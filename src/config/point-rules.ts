/** What must hold of the integration points of a process definition, beyond the form of each. */
import { NEEDS_ATTENTION } from '../domain/event.js';
import { COMPLETING_ACTIONS, isTicketAction } from '../domain/point-action.js';
import { hasBody } from '../domain/process.js';
import { mappedFields } from '../domain/response-mapping.js';
import type { Mistake } from './mistakes.js';
import type { ProcessFile } from './process-schema.js';
import type { YamlFile } from './yaml-file.js';

/** `shared`: servers whose changes the ITSM opens. */
export function checkPoints(yaml: YamlFile, process: ProcessFile, shared: readonly string[]): Mistake[] {
  const mistakes: Mistake[] = [];
  const steps = yaml.keysAt(['steps']);
  const creating = process.integrationPoints.filter((point) => point.action === 'create' && point.enabled);
  process.integrationPoints.forEach((point, index) => {
    const here = ['integrationPoints', index] as const;
    if (process.integrationPoints.findIndex(({ name }) => name === point.name) < index) {
      mistakes.push(yaml.mistake([...here, 'name'], `there are two integration points named ${point.name}`));
    }
    const step =
      'inbound' in point.on ? point.on.inbound : 'outbound' in point.on ? point.on.outbound : point.on.step;
    if (step !== undefined && !steps.includes(step)) {
      mistakes.push(
        yaml.mistake(
          [...here, 'on'],
          `integration point ${point.name}: there is no step ${step} under steps`,
        ),
      );
    }
    mistakes.push(
      ...checkCall(yaml, here, point),
      ...checkTicketSide(yaml, here, point),
      ...checkAttention(yaml, here, point),
    );
    if (!point.enabled) return;
    if (point.action === 'create' && creating[0] !== point) {
      mistakes.push(
        yaml.mistake(
          [...here, 'action'],
          `a ticket has one change: ${creating[0]?.name ?? ''} already creates it`,
        ),
      );
    }
    if (shared.includes(point.server ?? '')) {
      if (point.action === 'create')
        mistakes.push(
          yaml.mistake(
            [...here, 'action'],
            `the ITSM opens the changes of server ${point.server ?? ''} (ticketsField): remove the point, or name another server`,
          ),
        );
      return;
    }
    if ((point.action === 'update' || point.action === 'close') && creating[0]?.server !== point.server) {
      mistakes.push(
        yaml.mistake(
          [...here, 'action'],
          `${point.action} needs an enabled point with action create on server ${point.server ?? '-'}`,
        ),
      );
    }
  });
  return mistakes;
}

/** What reports that a ticket needs a person waits for nothing and changes nothing. */
function checkAttention(
  yaml: YamlFile,
  here: readonly (string | number)[],
  { name, on, action, blocking, before, after, response }: ProcessFile['integrationPoints'][number],
): Mistake[] {
  if (!('event' in on) || on.event !== NEEDS_ATTENTION) return [];
  const wrong = (key: string, message: string): Mistake =>
    yaml.mistake([...here, key], `integration point ${name}: with the event ${NEEDS_ATTENTION} ${message}`);
  const others = Object.entries({ before, after, response }).filter(([, found]) => found !== undefined);
  return [
    ...(action === 'mail' || action === 'call' ? [] : [wrong('action', 'only mail and call are possible')]),
    ...(blocking ? [wrong('blocking', 'nothing can be blocking')] : []),
    ...others.map(([key]) => wrong(key, `${key} is not possible`)),
  ];
}

/** What belongs to a call, and to nothing else. */
function checkCall(
  yaml: YamlFile,
  here: readonly (string | number)[],
  point: ProcessFile['integrationPoints'][number],
): Mistake[] {
  const wrong = (key: string, message: string): Mistake[] => [
    yaml.mistake([...here, key], `integration point ${point.name}: ${message}`),
  ];
  if (point.action !== 'call') {
    const key = (['method', 'path', 'accept', 'repeatable', 'answer'] as const).find(
      (one) => point[one] !== undefined,
    );
    return [
      ...(key === undefined ? [] : wrong(key, `${key} is for action call`)),
      ...(point.action !== undefined && point.body === undefined
        ? wrong('action', `${point.action} needs a body`)
        : []),
    ];
  }
  const method = point.method ?? 'POST';
  const carries = hasBody(method);
  return [
    ...(point.path === undefined ? wrong('action', 'call needs a path') : []),
    ...(carries === (point.body !== undefined)
      ? []
      : wrong(carries ? 'action' : 'body', carries ? `${method} needs a body` : `${method} has no body`)),
    ...(method === 'GET' && point.answer !== undefined
      ? wrong('answer', 'answer is not for GET, whose answer is read')
      : []),
    ...(method === 'GET' && !('inbound' in point.on)
      ? wrong('method', 'GET changes nothing there; it is for inbound points')
      : []),
  ];
}

/** Events after which the ticket cannot be changed. */
const ENDS: readonly string[] = ['CLOSE', 'AUTOCLOSE', 'CANCEL', 'REJECT'];

/** What is sent, or not, and what is changed in the ticket. */
function checkTicketSide(
  yaml: YamlFile,
  here: readonly (string | number)[],
  point: ProcessFile['integrationPoints'][number],
): Mistake[] {
  const wrong = (key: string, message: string): Mistake => {
    const path = Object.hasOwn(point, key) ? [...here, key] : here;
    return yaml.mistake(path, `integration point ${point.name}: ${message}`);
  };
  const { before = [], after = [], response } = point;
  const mistakes: Mistake[] = [];
  const nothing = point.action === undefined;
  if (nothing && before.length + after.length === 0)
    mistakes.push(wrong('name', 'it has neither an action nor before or after, so it does nothing'));
  for (const key of ['server', 'body', 'response'] as const)
    if (nothing && point[key] !== undefined) mistakes.push(wrong(key, `${key} needs an action`));
  if (!nothing && point.server === undefined)
    mistakes.push(wrong('action', `${point.action ?? ''} needs a server`));
  const late = after.find((action) => !isTicketAction(action));
  if (late !== undefined)
    mistakes.push(wrong('after', `${late} keeps a message back, so it stands in before`));
  const changes = [...before, ...after].some(isTicketAction) || response !== undefined;
  if (changes && 'event' in point.on && ENDS.includes(point.on.event))
    mistakes.push(wrong('on', `after ${point.on.event} the ticket cannot be changed any more`));
  const completing = COMPLETING_ACTIONS.find((action) => before.includes(action));
  if (completing !== undefined && !nothing)
    mistakes.push(
      wrong('before', `${completing} ends the step, so it comes after the message: put it into after`),
    );
  if (response !== undefined && mappedFields(response).length === 0)
    mistakes.push(wrong('response', 'no text in it names a field, such as { number: "#ITSM number#" }'));
  return mistakes;
}
