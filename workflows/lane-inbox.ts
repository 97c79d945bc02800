import { canonicalLaneMessage, type Signed, type SignedLaneMessage } from '../src/domain/lane-ending.js';
import { takesMore } from '../src/domain/most-waiting.js';
import type { SignedText } from '../src/domain/signed-text.js';
import type { Engine } from './engine.js';

export interface Inbox {
  put(message: string, apply: () => void, signed?: SignedText): void;
  isEmpty(): boolean;
}

export const UNSIGNED = 'it has no valid signature of a worker';

/**
 * Applies signals in the order in which they arrived: an edited calendar must reach a place whose signature is still being
 * checked. A message that needs a signature is applied only after an activity has checked it.
 */
export function openInbox(
  engine: Pick<Engine, 'protect' | 'condition'>,
  check: (signed: readonly SignedText[]) => Promise<readonly boolean[]>,
  ignored: (message: string, why: string) => void,
  touch: () => void,
): Inbox {
  const waiting: { message: string; apply: () => void; signed: SignedText | undefined }[] = [];
  let busy = false;
  const drain = async (): Promise<void> => {
    const batch = waiting.splice(0, 50);
    const signed = batch.flatMap((each) => each.signed ?? []);
    const verdicts = signed.length === 0 ? [] : [...(await check(signed))];
    for (const { message, apply, ...each } of batch) {
      if (each.signed === undefined || verdicts.shift() === true) apply();
      else ignored(message, UNSIGNED);
    }
    touch();
  };
  void engine.protect(async () => {
    for (;;) {
      await engine.condition(() => waiting.length > 0);
      busy = true;
      await drain();
      busy = false;
    }
  });
  return {
    put: (message, apply, signed) => {
      // Nothing waits for a check: apply the message at once, as any other handler does.
      if (signed === undefined && waiting.length === 0 && !busy) {
        apply();
        touch();
      } else if (signed?.signature === '') ignored(message, UNSIGNED);
      else if (!takesMore('unchecked', waiting.length))
        ignored(message, 'too many messages wait to be checked');
      else waiting.push({ message, apply, signed });
    },
    isEmpty: () => waiting.length === 0 && !busy,
  };
}

/** The text that a message to this lane must be signed as, with its signature. */
export function signedText(
  laneKey: string,
  message: SignedLaneMessage,
  { signature, ...input }: Signed<object>,
): SignedText {
  return { text: canonicalLaneMessage(laneKey, message, input), signature: signature ?? '' };
}
