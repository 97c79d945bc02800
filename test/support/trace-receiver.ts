import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP/JSON has it, with the service that sent it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly failed: boolean;
  /** Traces of the spans that it is linked to. */
  readonly linked: readonly string[];
}

export interface TraceReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** Everything that came, as it came. */
  readonly bodies: string[];
  readonly authorizations: Set<string | undefined>;
  /** From here on it keeps what it receives, and does not answer. */
  holdAnswers(): void;
  /** Answers all that waits, and what comes. */
  answerAgain(): void;
  close(): Promise<void>;
}

/** A collector of OpenTelemetry that only keeps what it receives. */
export async function receiveTraces({ port = 0 } = {}): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const authorizations = new Set<string | undefined>();
  let waiting: (() => void)[] | null = null;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const taken = request.method === 'POST' && request.url === '/v1/traces';
      if (taken) {
        authorizations.add(request.headers.authorization);
        bodies.push(body);
        spans.push(...spansIn(JSON.parse(body) as Export));
      }
      const answer = (): void => {
        response.writeHead(taken ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
      };
      if (waiting === null) answer();
      else waiting.push(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    authorizations,
    holdAnswers: () => {
      waiting ??= [];
    },
    answerAgain: () => {
      for (const answer of waiting ?? []) answer();
      waiting = null;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Pick<ReceivedSpan, 'name' | 'traceId' | 'spanId' | 'parentSpanId'> & {
        readonly attributes: readonly Attribute[];
        readonly status: { readonly code?: number };
        readonly links?: readonly { readonly traceId: string }[];
      })[];
    }[];
  }[];
}

function spansIn({ resourceSpans }: Export): readonly ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map(({ name, traceId, spanId, parentSpanId, attributes, status, links = [] }) => ({
        service: String(valuesOf(resource.attributes)['service.name']),
        name,
        traceId,
        spanId,
        ...(parentSpanId !== undefined && { parentSpanId }),
        attributes: valuesOf(attributes),
        failed: status.code === 2,
        linked: links.map((link) => link.traceId),
      })),
    ),
  );
}

function valuesOf(attributes: readonly Attribute[]): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? '']),
  );
}
