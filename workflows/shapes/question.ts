/** The form of a question of SecureChange to a script. */

import { LONGEST_SCRIPT_ARGUMENT, MOST_SCRIPT_ARGUMENTS } from '../../src/domain/event.js';
import { QUESTION_KINDS, type ScriptQuestion } from '../../src/domain/script-question.js';
import { integer, list, object, oneOf, text } from '../../src/domain/shape.js';

export const question = object<ScriptQuestion>({
  kind: oneOf(...QUESTION_KINDS),
  key: text(128, 1),
  script: text(255, 1),
  args: list(text(LONGEST_SCRIPT_ARGUMENT), MOST_SCRIPT_ARGUMENTS),
  input: text(196_608),
  inputSha256: text(64, 64),
  deadlineMs: integer(1),
  issuedAtMs: integer(),
  signature: text(128, 1),
});
