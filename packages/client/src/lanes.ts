import type { QueryDefinition } from '@temporalio/common';
import { laneKeyOf, laneWorkflowId } from '../../../src/domain/ids.js';
import type { LaneView } from '../../../src/domain/view.js';
import { laneView, laneWindows, WORKFLOW_TYPES } from '../../../workflows/messages.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import { ClientError, isReadable, type LanesClient, type UnreadableLane } from './contract.js';
import { fewAtOnce } from '../../../src/domain/few-at-once.js';
import { quote } from './visibility-query.js';

export function createLanes(reader: TemporalReader): LanesClient {
  const ask = <L extends { readonly key: string }>(key: string, query: QueryDefinition<L>): Promise<L> =>
    askTemporal(reader, { what: `lane ${key}`, kind: 'query', notFound: 'laneNotFound' }, async () => {
      const answer = await reader.client.workflow.getHandle(laneWorkflowId(key)).query(query);
      if (answer.key === key) return answer;
      throw new ClientError(
        'unexpected',
        `lane ${key}: its workflow is another lane; it was not started by this product: terminate it`,
      );
    });
  const askEach = async <L extends { readonly key: string; readonly name: string }>(
    query: QueryDefinition<L>,
  ): Promise<readonly (L | UnreadableLane)[]> => {
    const rows = await fewAtOnce(await listKeys(reader), async (key) => {
      try {
        return await ask(key, query);
      } catch (error) {
        if (!(error instanceof ClientError) || error.code === 'temporalAway') throw error;
        // It ended between list and question.
        return error.code === 'laneNotFound' ? null : { key, unreadable: error.message };
      }
    });
    return rows.filter((each) => each !== null).sort((a, b) => nameOf(a).localeCompare(nameOf(b), 'en'));
  };
  const list = async (): Promise<readonly (LaneView | UnreadableLane)[]> => await askEach(laneView);
  return {
    list,
    windows: async () => await askEach(laneWindows),
    get: async (keyOrName) => {
      try {
        return await ask(keyOrName, laneView);
      } catch (error) {
        if (!(error instanceof ClientError) || error.code !== 'laneNotFound') throw error;
        const named = (await list()).find((lane) => nameOf(lane) === keyOrName);
        if (named && isReadable(named)) return named;
        throw new ClientError('laneNotFound', `there is no lane ${keyOrName}: see \`sco lane list\``, {
          cause: error,
        });
      }
    },
  };
}

function nameOf(lane: { readonly key: string; readonly name: string } | UnreadableLane): string {
  return isReadable(lane) ? lane.name : lane.key;
}

async function listKeys(reader: TemporalReader): Promise<readonly string[]> {
  const query = `WorkflowType = ${quote(WORKFLOW_TYPES.lane)} AND ExecutionStatus = 'Running'`;
  return askTemporal(reader, { what: 'list of lanes', kind: 'read', notFound: 'unexpected' }, async () => {
    const keys = new Set<string>();
    for await (const { workflowId } of reader.client.workflow.list({ query })) {
      const key = laneKeyOf(workflowId);
      if (key !== undefined) keys.add(key);
    }
    return [...keys];
  });
}
