import { cleanMarkdown, detailsPage } from './clean-text.js';

/** What one export did. */
export interface EvidenceExport {
  /** Runs of which something was added to the log. */
  readonly runs: number;
  /** Runs whose history was gone before it was exported, by workflow id; the first 50. */
  readonly gone: readonly string[];
  readonly goneCount: number;
  /** What a killed process had begun to write, and was cut off; null where nothing was. */
  readonly cut: string | null;
  /** The newest signed tree head; null while the log is empty. */
  readonly head: { readonly size: number; readonly root: string; readonly atMs: number } | null;
}

/** Markdown for the Web UI. */
export function evidenceDetails({ runs, gone, goneCount, cut, head }: EvidenceExport): string {
  return detailsPage([
    head === null
      ? 'Nothing to export.'
      : `${runs} runs exported; the head signs ${head.size} records, root ${head.root}`,
    ...(cut === null ? [] : [cleanMarkdown(cut)]),
    ...(goneCount === 0
      ? []
      : [
          `Gone before they were exported (${goneCount}): lengthen the retention or the time that no worker ran`,
          gone.map((id) => `* ${cleanMarkdown(id)}`).join('\n'),
        ]),
  ]);
}
