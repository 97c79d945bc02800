import type { ErrorRequestHandler, RequestHandler } from 'express';

import type { GatewayMetrics } from './metrics.js';
import { toProblem } from './problem.js';

/** Observes how long each answer took, whatever it was. */
export function countAnswers(metrics: Pick<GatewayMetrics, 'answered'>): RequestHandler {
  return (_request, response, next) => {
    const sinceMs = performance.now();
    response.once('finish', () => {
      metrics.answered((performance.now() - sinceMs) / 1_000);
    });
    next();
  };
}

/** Counts what is refused, by the code that the caller gets. */
export function countRefusals(metrics: Pick<GatewayMetrics, 'refused'>): ErrorRequestHandler {
  return (error: unknown, _request, _response, next) => {
    metrics.refused(toProblem(error).code);
    next(error);
  };
}
