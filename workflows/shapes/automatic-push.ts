import type { AutomaticTarget, BeginAutomatic, EndAutomatic } from '../../src/domain/automatic-fence.js';
import type { Signed } from '../../src/domain/lane-ending.js';
import { list, nullable, object, oneOf, text, truth } from '../../src/domain/shape.js';
import { path } from './enrolment.js';
import { epoch, id, ticketId } from './parts.js';
import { foreignCheck, signature } from './push.js';

const target = object<AutomaticTarget>({
  target: id,
  targetName: text(255),
  path,
  instructionDigest: text(255),
  commits: truth,
  foreign: nullable(foreignCheck),
});

export const beginAutomatic = object<Signed<BeginAutomatic>>({
  ticketId,
  epoch,
  stepName: text(255),
  targets: list(target, 1_000),
  signature,
});

export const endAutomatic = object<Signed<EndAutomatic>>({
  ticketId,
  outcome: oneOf('live', 'notMade', 'unknown'),
  signature,
});
