import {
  ApplicationFailure,
  type QueryDefinition,
  type SignalDefinition,
  type UpdateDefinition,
} from '@temporalio/common';
import { setDefaultSignalHandler, setHandler } from '@temporalio/workflow';

import { check, type Checked } from '../src/domain/shape.js';
import * as messages from './messages.js';
import { MESSAGES, type MessageName } from './message-shapes.js';

type Handler<D> =
  D extends SignalDefinition<infer A>
    ? (...args: A) => void
    : D extends UpdateDefinition<infer R, infer A>
      ? (...args: A) => R | Promise<R>
      : D extends QueryDefinition<infer R, infer A>
        ? (...args: A) => R
        : never;

/** Handlers by the name of their message. */
export type Handlers = { readonly [N in MessageName]?: Handler<(typeof messages)[N]> };

/** Larger updates are turned away before they enter the history; the largest of ours is a baseline of 64 Ki. */
const MOST_UPDATE_CHARACTERS = 80_000;

/**
 * Registers every handler of a workflow, once and before anything is awaited. No message reaches a handler unless its
 * form is right: a malformed or unknown signal is passed to `ignored` and forgotten, a malformed update is rejected
 * before it is stored, a malformed query gets an error.
 */
export function handle(handlers: Handlers, ignored: (message: string, why: string) => void): void {
  for (const name of Object.keys(handlers) as MessageName[]) {
    const definition = messages[name];
    const { says: description } = MESSAGES[name];
    // The table and the handlers are typed by the same name; here they meet without it.
    const act = handlers[name] as (...args: readonly unknown[]) => unknown;
    switch (definition.type) {
      case 'signal':
        setHandler(
          definition as SignalDefinition<unknown[]>,
          (...given) => {
            const checked = read(name, given);
            if (checked.ok) act(...checked.value);
            else ignored(name, checked.why);
          },
          { description },
        );
        break;
      case 'update':
        setHandler(
          definition as UpdateDefinition<unknown, unknown[]>,
          (...given) => act(...accepted(name, given)),
          {
            description,
            validator: (...given) => {
              accepted(name, given);
              const { length } = JSON.stringify(given);
              if (length > MOST_UPDATE_CHARACTERS) throw malformed(`${name}: ${length} characters`);
            },
          },
        );
        break;
      case 'query':
        setHandler(
          definition as QueryDefinition<unknown, unknown[]>,
          (...given) => act(...accepted(name, given)),
          { description },
        );
        break;
    }
  }
  // Last: it takes whatever came before its own handler was there.
  setDefaultSignalHandler((name) => {
    ignored(name, 'no signal of this workflow');
  });
}

function read(name: MessageName, given: readonly unknown[]): Checked<readonly unknown[]> {
  return check<readonly unknown[]>(MESSAGES[name].shape, given, name);
}

function accepted(name: MessageName, given: readonly unknown[]): readonly unknown[] {
  const checked = read(name, given);
  if (!checked.ok) throw malformed(checked.why);
  return checked.value;
}

function malformed(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`malformed: ${why}`, 'Malformed');
}
