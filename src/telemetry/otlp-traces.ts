import { AsyncLocalStorage } from 'node:async_hooks';

import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Link, Span, SpanContext } from '@opentelemetry/api';
import { ExportResultCode, parseKeyPairsIntoRecord, parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SpanExporter } from '@opentelemetry/sdk-trace';

import type { SpanStart, TraceAttributes, Traces } from '../domain/traces.js';
import { cleanLine } from '../domain/clean-text.js';

export interface TracesOptions {
  /** `securechange-orchestrator gateway`. */
  readonly service: string;
  readonly instance: string;
  readonly release: string;
  /** Address of the collector, without `/v1/traces`. */
  readonly endpoint: string;
  /** `name=value,name=value`. */
  readonly headers: string | undefined;
  /** The collector does not take spans; they are lost. Once until it takes some again, and at most once a minute. */
  readonly onProblem: (reason: string) => void;
  /** After a problem: it takes them again. So many at least did not reach it. */
  readonly onTaken: (lost: number) => void;
  readonly now: () => number;
}

export interface OpenTraces extends Traces {
  /** Sends what is left, for 5 s at most. */
  close(): Promise<void>;
}

/** No attribute of ours is longer; a name of a device or an event can be. */
const WIDTH = 200;
const CLOSE_MS = 5_000;
const COMPLAIN_EVERY_MS = 60_000;

/** Sends spans over OTLP/HTTP to a collector. Loaded only where traces are on: it takes as long to load as the gateway. */
export function openTraces(options: TracesOptions): OpenTraces {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.service,
      'service.instance.id': options.instance,
      'service.version': options.release,
    }),
    // Whoever asks first decides for all that follows.
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: reportsProblems(
          new OTLPTraceExporter({
            url: `${options.endpoint}/v1/traces`,
            headers: parseKeyPairsIntoRecord(options.headers),
          }),
          options,
        ),
      }),
    ],
  });
  const tracer = provider.getTracer('securechange-orchestrator', options.release);
  const running = new AsyncLocalStorage<Span>();
  return {
    span: async (start, run) => {
      const [parent, ...linked] = start.follows.flatMap(contextOf);
      const above = running.getStore()?.spanContext() ?? parent;
      const span = tracer.startSpan(
        start.name,
        {
          kind: start.kind === 'request' ? SpanKind.SERVER : SpanKind.INTERNAL,
          attributes: shortened(start),
          links: linked.map((context): Link => ({ context })),
        },
        above === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, above),
      );
      try {
        return await running.run(span, run);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(error) });
        throw error;
      } finally {
        span.end();
      }
    },
    note: (attributes) => {
      running.getStore()?.setAttributes(shortened({ attributes }));
    },
    failed: (code) => {
      running.getStore()?.setStatus({ code: SpanStatusCode.ERROR, message: code.slice(0, WIDTH) });
    },
    here: () => {
      const context = running.getStore()?.spanContext();
      if (context === undefined) return null;
      return `00-${context.traceId}-${context.spanId}-0${context.traceFlags.toString(16)}`;
    },
    close: async () => {
      await Promise.race([
        provider.shutdown(),
        new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref()),
      ]);
    },
  };
}

function reportsProblems(
  exporter: SpanExporter,
  { onProblem, onTaken, now }: Pick<TracesOptions, 'onProblem' | 'onTaken' | 'now'>,
): SpanExporter {
  let isSaid = false;
  let saidMs = -Infinity;
  let lost = 0;
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.FAILED) {
          lost += spans.length;
          // A collector that takes every second batch would else fill the log.
          if (!isSaid && now() - saidMs >= COMPLAIN_EVERY_MS) {
            isSaid = true;
            saidMs = now();
            onProblem(reasonOf(result.error));
          }
        } else if (isSaid) {
          isSaid = false;
          onTaken(lost);
          lost = 0;
        }
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: async () => exporter.shutdown(),
  };
}

function contextOf(traceparent: string): readonly SpanContext[] {
  const context = parseTraceParent(traceparent);
  return context === null ? [] : [{ ...context, isRemote: true }];
}

function shortened({ attributes }: Pick<SpanStart, 'attributes'>): TraceAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === 'string' ? cleanLine(value, WIDTH) : value,
    ]),
  );
}

/** Never the message of an error: it quotes other systems. Ours and Temporal's have a code as their type. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { type, code } = error as { type?: unknown; code?: unknown };
  const name = [type, code].find((each) => typeof each === 'string') ?? error.name;
  return cleanLine(name, WIDTH);
}

function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  const { message, code } = error as { message?: unknown; code?: unknown };
  const said = typeof code === 'string' || typeof code === 'number' ? ` (${code})` : '';
  return cleanLine(`${typeof message === 'string' ? message : 'unknown'}${said}`, WIDTH);
}
