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

/** Larger updates are rejected before they enter the history; our largest is a baseline of 64 Ki. */
const MOST_UPDATE_CHARACTERS = 80_000;

/**
 * Registers all handlers of a workflow, before anything is awaited. A handler gets only messages of the right form: a
 * malformed or unknown signal is reported to `ignored`, a malformed update is rejected before it is stored, and a
 * malformed query gets an error.
 */
export function handle(handlers: Handlers, ignored: (message: string, why: string) => void): void {
  for (const name of Object.keys(handlers) as MessageName[]) {
    const definition = messages[name];
    const { says: description } = MESSAGES[name];
    // Table and handlers have the same names, which the type system cannot relate here.
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
  // Last: it handles the signals that arrived before their handlers were set.
  setDefaultSignalHandler((name) => {
    ignored(name, 'this workflow has no such signal');
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
