import type { ForeignCheck } from '../../src/domain/foreign.js';

/** A reading in which no other administrator has saved anything. */
export const NOTHING_FOREIGN: ForeignCheck = {
  policy: { known: 'block', notVisible: 'warn' },
  seen: { changes: [], notVisible: null, revision: null },
  newest: {},
};
