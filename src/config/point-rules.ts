/** What must hold of the integration points of a process definition, beyond the form of each. */
import { hasBody } from '../domain/process.js';
import type { Mistake } from './mistakes.js';
import type { ProcessFile } from './process-schema.js';
import type { YamlFile } from './yaml-file.js';

export function checkPoints(yaml: YamlFile, process: ProcessFile): Mistake[] {
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
    mistakes.push(...checkCall(yaml, here, point));
    if (!point.enabled) return;
    if (point.action === 'create' && creating[0] !== point) {
      mistakes.push(
        yaml.mistake(
          [...here, 'action'],
          `a ticket has one change: ${creating[0]?.name ?? ''} already creates it`,
        ),
      );
    }
    if (!['create', 'call'].includes(point.action) && creating[0]?.server !== point.server) {
      mistakes.push(
        yaml.mistake(
          [...here, 'action'],
          `${point.action} needs an enabled point with action create on server ${point.server}`,
        ),
      );
    }
  });
  return mistakes;
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
    const key = (['method', 'path', 'accept', 'repeatable'] as const).find((one) => point[one] !== undefined);
    return [
      ...(key === undefined ? [] : wrong(key, `${key} is for action call`)),
      ...(point.body === undefined ? wrong('action', `${point.action} needs a body`) : []),
    ];
  }
  const method = point.method ?? 'POST';
  const carries = hasBody(method);
  return [
    ...(point.path === undefined ? wrong('action', 'call needs a path') : []),
    ...(carries === (point.body !== undefined)
      ? []
      : wrong(carries ? 'action' : 'body', carries ? `${method} needs a body` : `${method} has no body`)),
    ...(method === 'GET' && !('inbound' in point.on)
      ? wrong('method', 'GET changes nothing there; it is for inbound points')
      : []),
  ];
}
