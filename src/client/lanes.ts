import { laneKeyOf, laneWorkflowId } from '../domain/ids.js';
import type { LaneView } from '../domain/view.js';
import { laneView, WORKFLOW_TYPES } from '../../workflows/messages.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import { ClientError, type LanesClient } from './contract.js';
import { quote } from './visibility-query.js';

/** Queries at once: enough to hide latency, few enough for one small worker. */
const AT_ONCE = 8;

export function createLanes(reader: TemporalReader): LanesClient {
  const view = (key: string): Promise<LaneView> =>
    askTemporal(reader, { what: `lane ${key}`, kind: 'query', notFound: 'laneNotFound' }, async () => {
      const answer = await reader.client.workflow.getHandle(laneWorkflowId(key)).query(laneView);
      if (answer.key === key) return answer;
      throw new ClientError(
        'unexpected',
        `lane ${key}: its workflow is another lane; it was not started by this product: terminate it`,
      );
    });
  const list = async (): Promise<readonly LaneView[]> => {
    const keys = await listKeys(reader);
    const views: LaneView[] = [];
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      views.push(...(await Promise.all(keys.slice(from, from + AT_ONCE).map(view))));
    }
    return views.sort((a, b) => a.name.localeCompare(b.name, 'en'));
  };
  return {
    list,
    get: async (keyOrName) => {
      try {
        return await view(keyOrName);
      } catch (error) {
        if (!(error instanceof ClientError) || error.code !== 'laneNotFound') throw error;
        const named = (await list()).find(({ name }) => name === keyOrName);
        if (named) return named;
        throw new ClientError('laneNotFound', `there is no lane ${keyOrName}: see \`sco lane list\``, {
          cause: error,
        });
      }
    },
  };
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
