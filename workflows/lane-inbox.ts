import { CancellationScope, condition } from '@temporalio/workflow';

import { canonicalLaneMessage, type Signed, type SignedLaneMessage } from '../src/domain/lane-ending.js';
import type { SignedText } from '../src/domain/signed-text.js';

export interface Inbox {
  put(message: string, apply: () => void, signed?: SignedText): void;
  isEmpty(): boolean;
}

/**
 * Applies what comes in by signal, in the order it came: a calendar that was edited while a place is still checked must
 * reach that place. What takes a place counts once it is known that an activity of ours signed it.
 */
export function openInbox(
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
      else ignored(message, 'no activity of ours signed it');
    }
    touch();
  };
  void CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => waiting.length > 0);
      busy = true;
      await drain();
      busy = false;
    }
  });
  return {
    put: (message, apply, signed) => {
      // Without a check to wait for, at once: as the handler of any other message.
      if (signed === undefined && waiting.length === 0 && !busy) {
        apply();
        touch();
      } else waiting.push({ message, apply, signed });
    },
    isEmpty: () => waiting.length === 0 && !busy,
  };
}

/** What a message to this lane must be signed as. */
export function signedText(
  laneKey: string,
  message: SignedLaneMessage,
  { signature, ...input }: Signed<object>,
): SignedText {
  return { text: canonicalLaneMessage(laneKey, message, input), signature: signature ?? '' };
}
