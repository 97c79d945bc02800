import { commentMark, marked } from '../src/domain/marked-text.js';
import type { SecureChange, TaskRef } from '../src/securechange/secure-change.js';

/** Adds a comment, unless our user has written it already: its last line names the effect key. */
export async function commentOnce(
  secureChange: SecureChange,
  { ticketId, text, key }: { readonly ticketId: string; readonly text: string; readonly key: string },
  taskFor: () => Promise<TaskRef | null>,
  signal: AbortSignal,
): Promise<'commented' | 'commented already' | 'no task'> {
  const mark = commentMark(key);
  if (await secureChange.hasOwnComment(ticketId, mark, signal)) return 'commented already';
  const ref = await taskFor();
  if (ref === null) return 'no task';
  await secureChange.addComment(ref, marked(text, mark), signal);
  return 'commented';
}
