import { cleanCode, cleanMarkdown, detailsPage } from '../src/domain/clean-text.js';
import { ignoredText } from '../src/domain/ignored.js';
import { toWords } from '../src/domain/words.js';
import type { PushView } from './push-run.js';

/** Markdown for the Web UI. */
export function pushDetails(view: PushView): string {
  const plain = (text: string): string => cleanMarkdown(text, 200);
  const lines = [
    `**Push ${view.n}** of ${plain(view.targetName)}, lane ${plain(view.laneName)}: ${plain(view.doing)}`,
  ];
  if (view.foreign !== undefined) lines.push('', `Changes of others: ${cleanMarkdown(view.foreign, 400)}`);
  if (view.question !== null) {
    lines.push(
      '',
      `**Needs attention**: ${plain(view.question.text)}`,
      '',
      `* ${cleanCode(`sco push decide ${view.laneKey}/${view.n} --was-not-sent --reason "…"`)}   or \`--was-sent\``,
    );
  }
  lines.push('', '| Ticket | State |', '| --- | --- |');
  for (const { ticketId, state } of view.members) lines.push(`| ${plain(ticketId)} | ${toWords(state)} |`);
  const ignored = view.ignored === undefined ? null : ignoredText(view.ignored);
  if (ignored !== null) lines.push('', plain(ignored));
  return detailsPage([lines.join('\n')]);
}
