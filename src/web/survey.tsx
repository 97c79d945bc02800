import { createHash } from 'node:crypto';

import type { VNode } from 'preact';

import type { Survey } from '../domain/survey.js';
import { renderPage, Top } from './document.js';
import { Facts } from './facts.js';
import { Instant } from './instant.js';
import type { Reader } from './instant.js';
import { Notes } from './survey-part.js';
import { SURVEY_SECTIONS } from './survey-sections.js';

/** One file that needs nothing else: no script, no call to the network, no style but the one whose digest its policy names. */
export function surveyDocument(survey: Survey, reader: Reader, style: string): string {
  return renderPage(<SurveyPage survey={survey} reader={reader} style={style} />);
}

function SurveyPage(props: { survey: Survey; reader: Reader; style: string }): VNode {
  const { survey, reader, style } = props;
  const digest = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{`Survey of ${survey.system} · securechange-orchestrator`}</title>
        {/* Ours, and the same bytes as the digest is of. */}
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <Top>
          <nav aria-label="Sections">
            {SURVEY_SECTIONS.map(({ id, title, count }) => (
              <a href={`#${id}`}>{`${title} (${count(survey)})`}</a>
            ))}
          </nav>
        </Top>
        <main id="content" tabIndex={-1}>
          <h1>{`Survey of ${survey.system}`}</h1>
          <Summary survey={survey} reader={reader} />
          {SURVEY_SECTIONS.map(({ id, title, show }) => (
            <section aria-labelledby={id}>
              <h2 id={id}>{title}</h2>
              {show(survey, reader)}
            </section>
          ))}
        </main>
        <footer>
          <p>Times are in {reader.zone}. Made by sco survey; nothing was written.</p>
        </footer>
      </body>
    </html>
  );
}

function Summary({ survey, reader }: { survey: Survey; reader: Reader }): VNode {
  const { tickets, limits, odd } = survey;
  return (
    <>
      <Facts
        facts={[
          ['Taken', <Instant atMs={survey.atMs} reader={reader} />],
          ['As', survey.user],
          ['Looks back to', <Instant atMs={survey.sinceMs} reader={reader} />],
          [
            'Read',
            `${tickets.open} open and ${tickets.ended} ended tickets listed, ${tickets.readInDepth} read in depth, ${survey.calls} GET calls`,
          ],
        ]}
      />
      <Notes title="Limits" lines={limits} reader={reader} />
      <Notes title="Left out, because it could not be read" lines={odd} reader={reader} />
    </>
  );
}
