import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

import { cleanPage } from '../domain/clean-text.js';
import type { Command } from '../domain/commands.js';
import type { ControlView } from '../domain/view.js';
import { Instant } from './instant.js';
import type { Reader } from './instant.js';

/** Who reads a page. */
export interface Visitor {
  readonly login: string;
  /** The one rule of who may give which command. */
  readonly may: (kind: Command['kind']) => boolean;
  /** An idempotency key for a form: the form sent twice is carried out once. */
  readonly newKey: () => string;
}

/** What stands around every page. */
export interface Frame {
  readonly title: string;
  /** Path of the section the page belongs to. */
  readonly section: Section | null;
  readonly reader: Reader;
  /** null: no person has signed in. */
  readonly visitor: Visitor | null;
  /** `unreadable`: Temporal or a worker did not answer, and every push waits. */
  readonly stop: ControlView | 'unreadable' | null;
  readonly children?: ComponentChildren;
}

const SECTIONS = {
  '/': 'Attention',
  '/calendar': 'Change calendar',
  '/tickets': 'Tickets',
  '/managers': 'Managers',
} as const;
export type Section = keyof typeof SECTIONS;

/** The address is that of a section, or of something in it. */
export function isSection(path: string): boolean {
  return path === '/' || Object.keys(SECTIONS).some((section) => `/${path.split('/')[1] ?? ''}` === section);
}

/** A whole document. The renderer escapes every text, so that none is markup; none hides or turns others around either. */
export function renderPage(page: VNode): string {
  return `<!doctype html>\n${cleanPage(renderToString(page)).replaceAll('\u001b', ' ')}`;
}

export function Page({ title, section, reader, visitor, stop, children }: Frame): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · securechange-orchestrator`}</title>
        <link rel="stylesheet" href="/assets/style.css" />
        <script src="/assets/page.js" type="module" />
      </head>
      <body>
        <Top>
          {visitor !== null && (
            <nav aria-label="Sections">
              {Object.entries(SECTIONS).map(([path, name]) => (
                <a href={path} {...(path === section && { 'aria-current': 'page' as const })}>
                  {name}
                </a>
              ))}
            </nav>
          )}
          {visitor !== null && (
            <form method="post" action="/sign-out">
              <span>{visitor.login}</span> <button type="submit">Sign out</button>
            </form>
          )}
        </Top>
        <main id="content" tabIndex={-1} data-live={visitor === null ? 'no' : 'yes'}>
          {stop !== null && <StopLine stop={stop} reader={reader} />}
          <h1>{title}</h1>
          {children}
        </main>
        <footer>
          <p>
            Times are in {reader.zone}. <span id="live" role="status" />
          </p>
        </footer>
      </body>
    </html>
  );
}

/** What every document begins with; a keyboard skips it. */
export function Top({ children }: { children: ComponentChildren }): VNode {
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <header>
        <span class="product">securechange-orchestrator</span>
        {children}
      </header>
    </>
  );
}

function StopLine({ stop, reader }: { stop: ControlView | 'unreadable'; reader: Reader }): VNode | null {
  if (stop === 'unreadable') {
    return (
      <p class="notice bad" role="alert">
        The stop switch cannot be read: nothing is pushed until it can.
      </p>
    );
  }
  if (!stop.stopped) return null;
  return (
    <p class="notice bad" role="alert">
      <strong>Stopped</strong>
      {stop.by !== null && ` by ${stop.by}`}
      {stop.sinceMs !== null && (
        <>
          {' since '}
          <Instant atMs={stop.sinceMs} reader={reader} />
        </>
      )}
      {stop.reason !== null && `: ${stop.reason}`}. No Update and no Commit is sent.
    </p>
  );
}
