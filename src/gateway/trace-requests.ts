import { once } from 'node:events';
import type { RequestHandler } from 'express';

import { isTraceparent, type Traces } from '../domain/traces.js';

/**
 * A span for each call that follows, until it is answered. It stands behind sign-in and body: a caller who was not admitted has none, and
 * reading the body would lose it.
 */
export function traceRequests(traces: Traces | null): RequestHandler {
  if (traces === null) return (_request, _response, next) => next();
  return (request, response, next) => {
    const from = request.get('traceparent');
    const route = request.baseUrl + request.path;
    const attributes = { 'http.request.method': request.method, 'url.path': route };
    const follows = isTraceparent(from) ? [from] : [];
    void traces.span(
      { name: `${request.method} ${nameOf(route)}`, kind: 'request', attributes, follows },
      async () => {
        const closed = once(response, 'close');
        next();
        await closed;
        traces.note({ 'http.response.status_code': response.statusCode });
        if (!response.writableFinished) traces.failed('notAnswered');
        else if (response.statusCode >= 500) traces.failed(String(response.statusCode));
      },
    );
  };
}

/** Without ids, so that spans of one kind have one name. */
function nameOf(path: string): string {
  const [first = '', second = '', kind = '', ...rest] = path.split('/').slice(1);
  if (first !== 'v1') return path;
  return ['', first, second, ...(kind === '' ? [] : rest.length === 0 ? [kind] : ['{id}', rest.at(-1)])].join(
    '/',
  );
}
